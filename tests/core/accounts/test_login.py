"""The desk demands a second factor of every member of staff outside demo mode."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from kommunesamarbeid.core.models import User
from tests.people import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-test-password"


@pytest.fixture
def kari(settings: Settings) -> User:
    settings.DEMO = False
    user = make_user("kari")
    user.set_password(PASSWORD)
    user.save()
    return user


def log_in(client: Client, user: User) -> str:
    """Give e-mail address and password; return where the portal sends one."""
    answer = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return str(answer["Location"])


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def test_a_stranger_at_the_desk_is_sent_to_the_login(client: Client) -> None:
    answer = client.get(reverse("admin:index"), follow=True)
    assert [address for address, _status in answer.redirect_chain][
        -1
    ] == f"{reverse('account_login')}?next=%2Fdesk%2F"


def test_l31_staff_without_a_second_factor_reaches_only_the_enrolment(client: Client, kari: User) -> None:
    log_in(client, kari)
    answer = client.get(reverse("admin:index"))
    assert (answer.status_code, client.get(answer["Location"])["Location"]) == (302, reverse("mfa_index"))


def test_password_and_totp_open_the_desk(client: Client, kari: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(kari, secret)
    assert log_in(client, kari) == reverse("mfa_authenticate")
    assert client.get(reverse("admin:index")).status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_recovery_code_opens_the_desk_once(client: Client, kari: User) -> None:
    TOTP.activate(kari, generate_totp_secret())
    code = RecoveryCodes.activate(kari).get_unused_codes()[0]
    for attempt, status in ((1, 200), (2, 302)):
        client.logout()
        log_in(client, kari)
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert client.get(reverse("admin:index")).status_code == status, f"attempt {attempt}"


def test_a_session_without_a_factor_in_it_is_refused_even_when_forced(client: Client, kari: User) -> None:
    TOTP.activate(kari, generate_totp_secret())
    client.force_login(kari)
    assert client.get(reverse("admin:index")).status_code == 302


def test_changing_a_user_asks_for_a_fresh_second_factor(client: Client, kari: User) -> None:
    astrid = make_user("astrid")
    astrid.set_password(PASSWORD)
    astrid.save()
    secret = generate_totp_secret()
    TOTP.activate(astrid, secret)
    log_in(client, astrid)
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    address = reverse("admin:core_user_change", args=[kari.pk])
    assert client.get(address).status_code == 200
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time() - 16 * 60}]
    session.save()
    assert client.get(address)["Location"].startswith(reverse("mfa_reauthenticate"))


def test_in_demo_mode_the_password_alone_opens_the_desk(
    client: Client, kari: User, settings: Settings
) -> None:
    settings.DEMO = True
    log_in(client, kari)
    assert client.get(reverse("admin:index")).status_code == 200


def test_nobody_can_sign_up_and_no_third_party_page_is_mounted(client: Client) -> None:
    for path in (
        "/konto/signup/",
        "/konto/email/",
        "/accounts/login/",
        "/desk/post_office/email/",
        "/desk/account/emailaddress/",
    ):
        assert client.get(path).status_code in {302, 404}
        assert client.post(path).status_code in {302, 403, 404}
    assert User.objects.count() == 0


def test_eight_wrong_passwords_close_the_door_also_for_the_right_one(client: Client, kari: User) -> None:
    for _attempt in range(8):
        client.post(reverse("account_login"), {"login": kari.email, "password": "wrong"})
    answer = client.post(reverse("account_login"), {"login": kari.email, "password": PASSWORD})
    assert answer.status_code in {200, 429}
    assert "_auth_user_id" not in client.session
