"""L-32: every response, errors and redirects too, carries the strict headers and no cookie it does not need."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.people import make_user

pytestmark = pytest.mark.django_db
POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
    "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
}  # fmt: skip
EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/desk/", "/konto/logg-inn/", "/finnes-ikke/", "/partnerskap/"]
)
def test_l32_headers_on_pages_redirects_and_errors(client: Client, path: str) -> None:
    answer = client.get(path)
    assert {part.strip() for part in answer["Content-Security-Policy"].split(";")} == POLICY
    assert "camera=()" in answer["Permissions-Policy"]
    cache = answer["Cache-Control"]
    assert "no-store" in cache
    assert {name: answer[name] for name in EXPECTED if name != "Cache-Control"} == {
        k: v for k, v in EXPECTED.items() if k != "Cache-Control"
    }


def test_l32_headers_on_the_desk_and_after_a_failed_post(client: Client) -> None:
    client.force_login(make_user("kari"))
    strict = Client(enforce_csrf_checks=True)
    for answer in (client.get(reverse("admin:index")), strict.post(reverse("account_login"))):
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"


def test_l20_a_reader_of_public_pages_gets_no_session_and_no_language_cookie(client: Client) -> None:
    client.get("/")
    assert set(client.cookies) <= {"csrftoken"}


def test_l20_the_language_cookie_is_set_when_changed_and_its_flags_are_strict(client: Client) -> None:
    client.post(reverse("set_language"), {"language": "uk", "next": "/"})
    cookie = client.cookies["language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("uk", True, "Lax")
