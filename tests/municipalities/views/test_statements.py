"""What the whole journey costs, request by request: few statements, none more than twice, and no password is ever hashed."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.municipalities.answers import ANSWERS
from tests.municipalities.browsing import browser, fill_all, mailed_token, submit
from tests.places import municipality, round_open

pytestmark = pytest.mark.django_db
READ, STEP, FINAL, TWICE = 6, 12, 25, 2
PUBLIC = (
    "/", "/meld-interesse/", "/meld-interesse/sendt/", "/skjema/alle-sporsmal/", "/om-ordningen/", "/personvern/",
    "/tilgjengelighet/", "/informasjonskapsler/", "/.well-known/security.txt", "/varsle-meg/notert/",
)  # fmt: skip
OWN = (
    "/kommunens-side/", "/kommunens-side/versjon/1/", "/kommunens-side/tilgang/", "/kommunens-side/mine-opplysninger/",
    "/kommunens-side/sammen/", "/kommunens-side/trekk-interessen/", "/kommunens-side/kontaktperson/deputy/",
)  # fmt: skip
# What sends the answers, and what lets somebody in and begins the response.
FINALS = ("/skjema/kontroller/", "/lenke/")
LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
# Begin, end and savepoints of transactions are no statements about data.
BRACKETS = re.compile(r"BEGIN|COMMIT|ROLLBACK|(ROLLBACK TO |RELEASE )?SAVEPOINT")


class Counted(Client):
    """A browser that keeps, of each request, its method, path and the statements it cost, without their values."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, str, list[str]]] = []

    def request(self, **given: Any) -> Any:
        """Answer as ever, and note the statements."""
        with CaptureQueriesContext(connection) as caught:
            answer = super().request(**given)
        said = [query["sql"] for query in caught if not BRACKETS.match(query["sql"])]
        self.asked.append(
            (given["REQUEST_METHOD"], given["PATH_INFO"], [LITERAL.sub("?", one) for one in said])
        )
        return answer

    def repeated(self) -> list[tuple[str, int, str]]:
        """Return path, times and statement of whatever one request asked more than twice."""
        return [
            (path, times, statement)
            for _method, path, said in self.asked
            for statement, times in Counter(said).items()
            if times > TWICE
        ]

    def over(self) -> dict[tuple[str, str], int]:
        """Return the requests that cost more statements than their kind may, with how many."""
        counted = {(verb, path): len(said) for verb, path, said in self.asked}
        return {(verb, path): count for (verb, path), count in counted.items() if count > allowed(verb, path)}


def allowed(method: str, path: str) -> int:
    """Return how many statements a request may cost: a page read, a step saved, and the answers sent (A-28)."""
    if method == "GET":
        return READ
    return FINAL if path.startswith(FINALS) else STEP


class CountingHasher(MD5PasswordHasher):
    """A hasher that counts how often it is asked."""

    asked: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        """Count, then hash."""
        self.asked.append(salt)
        return super().encode(password, salt)


def walk() -> Counted:
    """Go from the start page to the receipt and the own side, and open every public page."""
    municipality(), round_open()
    mona = Counted()
    mona.cookies["language"] = "en"
    for address in PUBLIC:
        assert mona.get(address).status_code == 200, address
    mona.post("/meld-interesse/", {"municipality": "1804", "email": "mona@bodo.kommune.no"})
    link = f"/lenke/{mailed_token()}/"
    assert mona.get(link).status_code == 200
    browser(client=mona, link=link)
    fill_all(
        mona,
        **{**ANSWERS, "existing_contact": "yes", "horizons": ["short", "long"], "deputy_name": "Per Vik"},
    )
    assert submit(mona).status_code == 200
    for address in OWN:
        assert mona.get(address).status_code == 200, address
    return mona


def test_no_request_of_the_journey_asks_the_database_too_much_or_the_same_more_than_twice() -> None:
    mona = walk()

    assert mona.repeated() == []
    # It reads every table that holds anything about a person, each once; nothing of it is public.
    assert mona.over() == {("GET", "/kommunens-side/mine-opplysninger/"): 9}


def test_no_password_is_hashed_on_the_whole_journey(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.asked.clear()

    walk()

    assert CountingHasher.asked == []
    make_password("demo")
    assert len(CountingHasher.asked) == 1
