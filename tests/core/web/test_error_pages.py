"""Error pages come in the reader's language, say what is kept, and need nothing that may be what failed."""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory, override_settings
from django.utils import translation

from kommunesamarbeid.core.lifecycle import StaleState
from kommunesamarbeid.core.models import Heartbeat
from kommunesamarbeid.core.web import views
from kommunesamarbeid.core.web.middleware import ConflictMiddleware

PAGES = ("400", "403", "404", "429", "conflict", "csrf")


def asked() -> HttpRequest:
    """Return a request as the middleware leaves it for an anonymous reader."""
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get("/somewhere/")
    request.user = AnonymousUser()
    request.error_id = "1A2B3C4D"  # type: ignore[attr-defined]  # set by ErrorIdMiddleware
    return request


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["nb", "nn", "en", "uk"])
def test_error_page_tells_its_language_and_number_without_a_query(page: str, language: str) -> None:
    with translation.override(language):
        html = render_to_string(f"errors/{page}.html", {}, request=asked())
    assert f'<html lang="{language}"' in html
    assert "1A2B3C4D" in html
    assert html.count("<h1") == 1


@pytest.mark.parametrize("page", ["500", "503"])
def test_page_of_our_own_fault_stands_without_request(page: str) -> None:
    with translation.override("en"):
        html = render_to_string(f"errors/{page}.html", {"error_id": "1A2B3C4D", "LANGUAGE_CODE": "en"})
    assert "is kept" in html
    assert "1A2B3C4D" in html
    assert "<form" not in html


def test_server_error_answers_500_without_a_query() -> None:
    answer = views.server_error(asked())
    assert answer.status_code == 500
    assert b"1A2B3C4D" in answer.content


def test_form_without_token_gets_the_page_that_says_what_is_kept() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sprak/", {"language": "nn"}, headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "errors/csrf.html" in [template.name for template in answer.templates]


@override_settings(ACCOUNT_RATE_LIMITS={"login": "1/m/ip"})
@pytest.mark.django_db
def test_too_many_attempts_get_the_portals_own_page() -> None:
    client = Client()
    client.post("/konto/logg-inn/", {"login": "kari@ks.example", "password": "wrong"})
    answer = client.post("/konto/logg-inn/", {"login": "kari@ks.example", "password": "wrong"})
    assert answer.status_code == 429
    assert "errors/429.html" in [template.name for template in answer.templates]


def test_a_state_that_somebody_else_moved_is_a_plain_conflict_and_no_fault() -> None:
    stale = StaleState(Heartbeat(name="beat"), "proposed", "approved")
    answer = ConflictMiddleware(views.server_error).process_exception(asked(), stale)
    assert answer is not None
    assert answer.status_code == 409
    assert ConflictMiddleware(views.server_error).process_exception(asked(), ValueError()) is None
