"""Whoever is made at the desk is invited by mail, sets a password once, connects an app and is in; nothing is asked twice."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from post_office.models import Email
from pytest_django.fixtures import Settings

from kommunesamarbeid.core.accounts import invitations, staff
from kommunesamarbeid.core.accounts.login import prove_address
from kommunesamarbeid.core.models import AuditEvent, User
from tests.core.accounts.test_login import code_of
from tests.people import actor, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-test-password"
CONNECT = reverse("mfa_activate_totp")
TYPED = {"password1": PASSWORD, "password2": PASSWORD}
DESK = reverse("admin:index")


@pytest.fixture(autouse=True)
def _real_entrance(settings: Settings) -> None:
    """pytest-django swaps the mail backend, and a demo asks for no second factor; both are part of what is tested."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"
    settings.DEMO = False


def new_user(email: str = "ny@ks.example", **facts: str) -> User:
    """Return somebody whom Astrid has just made a reader."""
    user = User(email=email, **{"name": "Lars Leser", "organisation": "ks", **facts})
    return staff.save_user(user=user, roles=["reader"], by=actor("astrid"), at=timezone.now())


def link() -> str:
    """Return the path of the link in the newest mail."""
    address = re.search(r"http://localhost:8000(/konto/lenke/\S+)", Email.objects.latest("id").message)
    assert address is not None
    return address[1]


def page(browser: Client, address: str) -> str:
    browser.cookies["language"] = "en"
    return browser.get(address).content.decode()


def test_new_user_is_invited_in_their_own_language() -> None:
    new_user(language="uk")
    mail = Email.objects.get()
    assert mail.to == ["ny@ks.example"]
    assert "Kommunesamarbeid" in mail.subject
    assert re.search(r"[А-Яа-я]{4}", mail.message)
    events = AuditEvent.objects.filter(object_type="core.user").order_by("id")
    assert [event.action for event in events] == ["user.saved", "user.invited"]


def test_invited_user_is_in_after_one_password_and_one_code() -> None:
    user, browser = new_user(), Client()
    connect = browser.post(link(), TYPED)["Location"]
    assert connect == reverse("mfa_activate_totp")
    secret = browser.get(connect).context["form"].secret
    codes = browser.post(connect, {"code": code_of(secret)})["Location"]
    assert (codes, browser.get(codes).status_code) == (reverse("mfa_view_recovery_codes"), 200)
    assert browser.get(DESK).status_code == 200
    assert EmailAddress.objects.get(user=user).verified
    assert AuditEvent.objects.latest("id").action == "user.entered"


def test_opening_the_page_uses_nothing_up_and_a_poor_password_neither() -> None:
    user, browser = new_user(), Client()
    for _scanner in range(3):
        assert browser.get(link()).status_code == 200
    assert browser.post(link(), {"password1": "short", "password2": "short"}).status_code == 422
    assert browser.post(link(), TYPED).status_code == 302
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_used_link_says_so_and_changes_nothing() -> None:
    user = new_user()
    address = link()
    Client().post(address, TYPED)
    other = Client().post(address, {"password1": "another-password-1", "password2": "another-password-1"})
    assert other.status_code == 404
    assert "The invitation has been used" in page(Client(), address)
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("days", "cut", "words"),
    [(-8, 0, "The invitation is too old."), (-6, 0, "Choose a password"), (0, 4, "The link was cut short")],
)
def test_old_or_broken_link_says_why_and_where_to_ask(days: int, cut: int, words: str) -> None:
    token = invitations.make_token(user=new_user(), at=timezone.now() + timedelta(days=days))
    text = page(Client(), reverse("accept_invitation", args=[token[: len(token) - cut]]))
    assert words in text
    assert ("ask an administrator at KS" in text) is (words != "Choose a password")


def test_page_speaks_the_language_of_the_account_also_when_the_link_is_too_old() -> None:
    user = new_user(language="uk")
    for days, words in ((0, "Оберіть пароль"), (-8, "Термін дії запрошення минув")):
        token = invitations.make_token(user=user, at=timezone.now() + timedelta(days=days))
        assert words in Client().get(reverse("accept_invitation", args=[token])).content.decode()


def test_link_of_somebody_who_was_deactivated_opens_nothing() -> None:
    user = new_user()
    user.is_active = False
    staff.save_user(user=user, roles=["reader"], by=actor("astrid"), at=timezone.now())
    assert "The account is closed" in page(Client(), link())
    assert Client().post(link(), TYPED).status_code == 404


def test_another_address_before_coming_in_gets_an_invitation_of_its_own_and_ends_the_old_one() -> None:
    user = new_user()
    old = link()
    user.email = "rett@ks.example"
    staff.save_user(user=user, roles=["reader"], by=actor("astrid"), at=timezone.now())
    assert [mail.to for mail in Email.objects.order_by("id")] == [["ny@ks.example"], ["rett@ks.example"]]
    assert Client().post(old, TYPED).status_code == 404
    assert Client().get(link()).status_code == 200


def test_somebody_elses_login_in_the_same_browser_ends() -> None:
    browser, user = Client(), new_user()
    browser.force_login(make_user("kari"))
    browser.post(link(), TYPED)
    assert browser.session["_auth_user_id"] == str(user.pk)
    assert browser.get(reverse("mfa_activate_totp")).status_code == 200


def test_forgotten_password_lets_somebody_in_who_was_made_before_there_were_invitations() -> None:
    kari, browser = make_user("kari"), Client(headers={"host": "localhost"})
    browser.post(reverse("account_reset_password"), {"email": kari.email})
    address = re.search(r"http://localhost(/\S+)", Email.objects.get().message)
    assert address is not None
    form = browser.get(address[1], follow=True).redirect_chain[-1][0]
    browser.post(form, TYPED)
    connect = browser.get(reverse("mfa_activate_totp"))
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(connect.context["form"].secret)})
    assert browser.get(DESK).status_code == 200


def test_first_login_asks_for_password_and_code_once() -> None:
    astrid, browser = make_user("astrid"), Client()
    astrid.set_password(PASSWORD)
    astrid.save()
    prove_address(astrid)
    browser.post(reverse("account_login"), {"login": astrid.email, "password": PASSWORD})
    connect = browser.get(reverse("mfa_activate_totp"))
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(connect.context["form"].secret)})
    assert browser.get(reverse("mfa_view_recovery_codes")).status_code == 200
    assert browser.get(DESK).status_code == 200


@pytest.mark.parametrize("row", [True, False])
def test_whoever_has_an_unproved_address_connects_no_app_and_is_told_how_to_prove_it(row: bool) -> None:
    kari, browser = make_user("kari"), Client()
    if row:
        EmailAddress.objects.create(user=kari, email=kari.email, verified=False)
    browser.force_login(kari)
    for answer in (browser.get(CONNECT), browser.post(CONNECT, {"code": "000000"})):
        assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))
    assert "is not confirmed" in page(browser, reverse("mfa_index"))
    assert reverse("account_reset_password") in page(browser, reverse("mfa_index"))


def test_proof_left_by_somebody_else_is_no_hindrance() -> None:
    kari = make_user("kari")
    EmailAddress.objects.create(user=kari, email="ny@ks.example", verified=True)
    new_user()
    assert Client().post(link(), TYPED).status_code == 302
    assert list(EmailAddress.objects.values_list("user__email", "email")) == [
        ("ny@ks.example", "ny@ks.example")
    ]
