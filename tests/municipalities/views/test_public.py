"""The public pages say what the scheme is and is not, name the two categories in KS's words, and cost no query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

PAGES = ("start", "about", "privacy", "accessibility", "cookies")


def read(client: Client, name: str, language: str = "en") -> str:
    """Return a page as a reader of one language gets it."""
    client.cookies["language"] = language
    return client.get(reverse(name)).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_public_page_costs_no_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, name: str
) -> None:
    with django_assert_num_queries(0):
        assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_public_page_leads_to_privacy_accessibility_and_cookies(client: Client, name: str) -> None:
    html = read(client, name)
    for other in ("privacy", "accessibility", "cookies"):
        assert f'href="{reverse(other)}"' in html


def test_start_page_says_what_the_scheme_is_not(client: Client) -> None:
    html = read(client, "start")
    assert "no responsibility for physical reconstruction" in html
    assert "no direct investment" in html
    assert f'href="{reverse("register_interest")}"' in html


def test_start_page_names_both_categories(client: Client) -> None:
    html = read(client, "start")
    assert ">In the war zone</h3>" in html
    assert ">Outside the war zone</h3>" in html


def test_partners_are_equals_on_every_page(client: Client) -> None:
    text = " ".join(read(client, name) for name in PAGES).lower()
    assert [word for word in ("donor", "recipient country", "applicant", "beneficiary") if word in text] == []


def test_public_page_loads_nothing_inline_or_from_elsewhere(client: Client) -> None:
    html = read(client, "start")
    assert "<script" not in html
    assert "style=" not in html
    assert 'src="http' not in html
    assert 'rel="stylesheet" href="http' not in html


def test_security_note_names_a_contact_and_a_date_to_come(client: Client) -> None:
    lines = dict(
        line.split(": ", 1) for line in client.get("/.well-known/security.txt").content.decode().splitlines()
    )
    expires = datetime.strptime(lines["Expires"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(days=30) < expires - timezone.now() < timedelta(days=366)
    assert lines["Contact"].startswith("mailto:")
    assert lines["Preferred-Languages"] == "no, en, uk"
