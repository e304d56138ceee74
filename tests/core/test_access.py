"""The access table is whole and true: every address of the URLconf has a row, and every person gets what the row says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.plugin import DjangoDbBlocker

from tests.access import ROWS
from tests.access.table import LOGIN, PEOPLE, Row
from tests.municipalities.answers import MONA
from tests.world import World, make_world

# Where a person without access is sent: staff pages to the login, municipal pages to the page that sends a link.
WAYS_IN = ("/konto/logg-inn/", "/desk/login/", "/meld-interesse/", "/hromada/link/")


# The demo's mailbox shows every address on purpose; it exists only where every person is invented.
DEMO_ONLY = {"demo_mailbox", "demo_mail"}
# Two of the admin's own have no name and show nothing: an old address of an object leads on to its change page, and
# what is not there leads a stranger to the login.
NAMELESS = {"nameless: <path:object_id>/", "nameless: (?P<url>.*)$"}


def addresses(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Yield the name of every address, with its namespace; an address without a name is an error of its own."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}" if pattern.name else f"nameless: {pattern.pattern}"
        else:
            yield from addresses(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """Make the world once; each test runs in a savepoint of it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_world()
        transaction.set_rollback(True)


def test_every_address_has_one_row_and_every_row_an_address() -> None:
    names = [row.name for row in ROWS]
    assert sorted(set(addresses()) - set(names) - NAMELESS) == []
    assert sorted(set(names) - set(addresses())) == []
    assert sorted(name for name in names if names.count(name) > 1) == []


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_person_gets_what_the_row_says(world: World, row: Row) -> None:
    found = {person: outcome(world, row, person) for person in PEOPLE}
    assert found == {person: row.expected(person) for person in PEOPLE}


def outcome(world: World, row: Row, person: str) -> str:
    """Return what one person gets at the address: a status, or LOGIN when shown the way in. Changes nothing."""
    address = reverse(row.name, kwargs=row.target(world) if row.target else {})
    client: Client = world.client(person)
    data = row.data(world) if callable(row.data) else row.data
    with transaction.atomic():
        answer = client.get(address) if row.method == "get" else client.post(address, data)
        transaction.set_rollback(True)
    if answer.status_code == 302 and answer["Location"].partition("?")[0] in WAYS_IN:
        return LOGIN
    return str(answer.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["U", "R"])
def test_l18_auc_finds_no_norwegian_contact_by_any_search_history_or_error(world: World, person: str) -> None:
    client, shown = world.client(person), []
    lists = [reverse(row.name) for row in ROWS if row.name.endswith("_changelist")]
    asked = [(address, {"q": word}) for address in lists for word in MONA.values()]
    asked += [
        (address, {name: MONA["contact_email"]})
        for address in lists
        for name in ("contact__email", "response__contact__name")
    ]
    for address, query in asked:
        text = client.get(address, query).content.decode(errors="replace")
        # What one has typed oneself stands in the field one typed it into, and nowhere else.
        rest = [secret for secret in MONA.values() if secret not in query.values()]
        shown += [(address, query, secret) for secret in rest if secret in text]
    posts = [row for row in ROWS if row.method == "get" and row.expected(person) == "200"]
    for row in posts:
        with transaction.atomic():
            answer = client.post(
                reverse(row.name, kwargs=row.target(world) if row.target else {}), {"q": "\x01"}
            )
            transaction.set_rollback(True)
        text = b"".join(answer).decode(errors="replace")
        shown += [(row.name, {}, secret) for secret in MONA.values() if secret in text]
    assert shown == []
    assert len(asked) >= 50


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["U", "R", "L", "A", "O", "H", "-"])
def test_l18_no_page_shows_a_norwegian_contact_to_whoever_may_not_see_one(world: World, person: str) -> None:
    client = world.client(person)
    # Ola's own municipality is answered for by Mona's namesake; the address is hers alone.
    secrets = [MONA["contact_email"]] if person == "O" else list(MONA.values())
    shown = []
    for row in ROWS:
        if row.method != "get" or row.name in DEMO_ONLY:
            continue
        answer = client.get(reverse(row.name, kwargs=row.target(world) if row.target else {}))
        text = b"".join(answer).decode(errors="replace")  # whether the page is streamed or not
        shown += [(row.name, secret) for secret in secrets if secret in text]
    assert shown == []
