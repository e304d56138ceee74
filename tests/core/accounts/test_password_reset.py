"""A forgotten password: the same answer whether the address is known or not, and a link that works once."""

from __future__ import annotations

import re

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from post_office.models import Email
from pytest_django.fixtures import Settings

from tests.people import make_user

pytestmark = pytest.mark.django_db
NEW = "a-new-and-long-password"


@pytest.fixture(autouse=True)
def _outbox(settings: Settings) -> None:
    """pytest-django swaps the mail backend; the portal's own is part of what is tested."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


def ask(email: str) -> str:
    """Ask for a link and return where the portal leads."""
    answer = Client().post(reverse("account_reset_password"), {"email": email}, headers={"host": "localhost"})
    return str(answer["Location"])


def test_known_and_unknown_address_get_the_same_answer_and_only_the_known_a_mail() -> None:
    make_user("kari")
    assert ask("nobody@ks.example") == ask("kari@ks.example") == reverse("account_reset_password_done")
    assert [mail.to for mail in Email.objects.all()] == [["kari@ks.example"]]


def test_mailed_link_sets_the_password_once() -> None:
    kari = make_user("kari")
    ask("kari@ks.example")
    mail = Email.objects.get()
    found = re.search(r"http://localhost(/\S+)", mail.message)
    assert found is not None, mail.message
    assert "Kommunesamarbeid" in mail.subject
    browser = Client()
    form = browser.get(found[1], follow=True)
    browser.post(form.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})
    kari.refresh_from_db()
    assert kari.check_password(NEW)
    again = Client().get(found[1], follow=True)
    assert reverse("account_reset_password") in again.content.decode()


def test_login_ends_with_the_browser() -> None:
    kari = make_user("kari")
    kari.set_password(NEW)
    kari.save()
    browser = Client()
    browser.post(reverse("account_login"), {"login": kari.email, "password": NEW})
    assert browser.cookies[django_settings.SESSION_COOKIE_NAME]["max-age"] == ""
