"""A lost second factor is removed by another administrator, with a reason, on record and told to both; then one connects anew."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from post_office.models import Email
from pytest_django.fixtures import Settings

from kommunesamarbeid.core import refusals
from kommunesamarbeid.core.accounts import second_factors
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.roles import NotAllowed
from tests.core.accounts.test_login import PASSWORD, code_of, log_in
from tests.people import NOW, actor, make_user

pytestmark = pytest.mark.django_db
DESK = reverse("admin:index")
SAID = "Lost phone; spoke with her on her work number."


@pytest.fixture(autouse=True)
def _real_entrance(settings: Settings) -> None:
    """pytest-django swaps the mail backend, and a demo asks for no second factor; both are part of what is tested."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"
    settings.DEMO = False


@pytest.fixture
def kari() -> User:
    """Kari has a password, a proved address, an app and recovery codes."""
    user = make_user("kari")
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    return user


def inside(user: User) -> Client:
    """Return a browser in which the user has given both steps."""
    browser = Client()
    log_in(browser, user)
    app = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    browser.post(reverse("mfa_authenticate"), {"code": code_of(app.data["secret"])})
    assert browser.get(DESK).status_code == 200
    return browser


def remove(user: User, who: str = "astrid", reason: str = SAID) -> None:
    second_factors.remove_second_factor(user=user, by=actor(who), at=NOW, reason=reason)


def test_removal_is_on_record_with_its_reason_and_told_to_both(kari: User) -> None:
    remove(kari)
    event = AuditEvent.objects.get(action="user.second_factor_removed")
    assert (event.object_id, event.actor_roles, event.reason) == (str(kari.pk), "administrator", SAID)
    assert sorted(mail.to[0] for mail in Email.objects.all()) == ["astrid@ks.example", "kari@ks.example"]
    assert not any(SAID in mail.message for mail in Email.objects.all())
    assert not Authenticator.objects.exists()


def test_the_reason_keeps_no_national_identity_number(kari: User) -> None:
    remove(kari, reason="Rang 01010700066, lost phone.")
    assert AuditEvent.objects.get(action="user.second_factor_removed").reason == "Rang , lost phone."


def test_every_login_of_the_user_ends_and_nobody_elses(kari: User) -> None:
    hers, another = inside(kari), Client()
    another.force_login(make_user("guro"))
    remove(kari)
    assert hers.get(reverse("mfa_index")).status_code == 302
    assert another.get(reverse("mfa_index")).status_code == 200


def test_whoever_stands_at_the_second_step_goes_on_by_logging_in_again(kari: User) -> None:
    browser = Client()
    assert log_in(browser, kari) == reverse("mfa_authenticate")
    remove(kari)
    assert browser.get(reverse("mfa_authenticate"), follow=True).redirect_chain == [
        (reverse("account_login"), 302)
    ]
    log_in(browser, kari)
    connect = browser.get(reverse("mfa_activate_totp"))
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(connect.context["form"].secret)})
    assert browser.get(DESK).status_code == 200


def test_nobody_removes_their_own_or_one_that_is_not_there_or_without_a_reason(kari: User) -> None:
    with pytest.raises(second_factors.OwnFactor):
        remove(make_user("astrid"))
    with pytest.raises(refusals.ReasonMissing):
        remove(kari, reason=" ")
    with pytest.raises(NotAllowed):
        remove(kari, who="guro")
    assert Authenticator.objects.count() == 2
    with pytest.raises(second_factors.NoFactor):
        remove(make_user("lars"))
    assert not Email.objects.exists()


def test_old_session_gets_no_second_factor_by_the_password_it_was_opened_with(kari: User) -> None:
    Authenticator.objects.all().delete()
    browser = Client()
    log_in(browser, kari)
    TOTP.activate(kari, generate_totp_secret())  # connected in another browser
    assert browser.get(DESK).status_code == 302
    assert browser.get(reverse("mfa_deactivate_totp"))["Location"].startswith(
        reverse("account_reauthenticate")
    )
