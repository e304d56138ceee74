"""The desk's pages over users: who has come in, what an administrator can do about it, and what is refused in words."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from post_office.models import Email
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from kommunesamarbeid.core.models import AuditEvent, User
from tests.people import make_user

pytestmark = pytest.mark.django_db
FACTS = {
    "email": "ny@ks.example",
    "name": "Lars Leser",
    "organisation": "ks",
    "language": "nb",
    "is_active": "on",
}


@pytest.fixture(autouse=True)
def _real_outbox(settings: Settings) -> None:
    """pytest-django swaps the mail backend; the portal's own is part of what is tested."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


@pytest.fixture
def astrid() -> Client:
    """Return Astrid's browser, in the source language."""
    browser = Client()
    browser.cookies["language"] = "en"
    browser.force_login(make_user("astrid"))
    return browser


def url(verb: str, user: User | None = None) -> str:
    return reverse(f"admin:core_user_{verb}", args=[user.pk] if user else [])


def facts_of(user: User, **changed: object) -> dict[str, object]:
    """Return what the form of a user holds, with something changed; None takes a field away."""
    roles = list(user.groups.values_list("name", flat=True))
    facts = {**FACTS, "email": user.email, "name": user.name, "roles": roles, **changed}
    return {name: value for name, value in facts.items() if value is not None}


def test_user_made_at_the_desk_is_invited(astrid: Client) -> None:
    assert astrid.post(url("add"), {**FACTS, "roles": ["reader"]}).status_code == 302
    assert [mail.to for mail in Email.objects.all()] == [["ny@ks.example"]]


@pytest.mark.parametrize("others", [("kari",), ("kari", "guro", "lars")])
def test_list_says_who_has_a_second_factor_and_who_has_come_in(
    astrid: Client, others: tuple[str, ...], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for who in others:
        TOTP.activate(make_user(who), generate_totp_secret())
    astrid.get(url("changelist"))
    with django_assert_num_queries(8):
        text = astrid.get(url("changelist")).content.decode()
    assert text.count('alt="True"') == len(others) * 2 + 1  # a second factor and active; Astrid is active
    assert text.count("Not yet") == len(others)


def test_invitation_is_sent_again_only_to_whoever_has_not_come_in(astrid: Client) -> None:
    kari = make_user("kari")
    assert "Send the invitation again" in astrid.get(url("change", kari)).content.decode()
    astrid.post(url("invite", kari))
    assert AuditEvent.objects.get(action="user.invited").object_id == str(kari.pk)
    TOTP.activate(kari, generate_totp_secret())
    assert "Send the invitation again" not in astrid.get(url("change", kari)).content.decode()
    assert "No invitation was sent" in astrid.post(url("invite", kari), follow=True).content.decode()
    assert Email.objects.count() == 1


def test_second_factor_is_removed_with_a_reason_from_the_users_page(astrid: Client) -> None:
    kari = make_user("kari")
    TOTP.activate(kari, generate_totp_secret())
    assert url("second_factor", kari) in astrid.get(url("change", kari)).content.decode()
    assert astrid.post(url("second_factor", kari), {"reason": ""}).status_code == 422
    assert Authenticator.objects.exists()
    assert astrid.post(url("second_factor", kari), {"reason": "Lost phone"})["Location"] == url(
        "change", kari
    )
    assert not Authenticator.objects.exists()
    assert (
        "has no second factor now"
        in astrid.post(url("second_factor", kari), {"reason": "Lost phone"}).content.decode()
    )


def test_nobody_is_offered_to_remove_their_own_second_factor(astrid: Client) -> None:
    user = User.objects.get()
    TOTP.activate(user, generate_totp_secret())
    assert url("second_factor", user) not in astrid.get(url("change", user)).content.decode()
    assert (
        "Ask another administrator"
        in astrid.post(url("second_factor", user), {"reason": "Lost"}).content.decode()
    )
    assert Authenticator.objects.exists()


def test_only_administrator_is_told_why_she_cannot_close_her_own_account(astrid: Client) -> None:
    user = User.objects.get()
    refused = astrid.post(url("change", user), facts_of(user, is_active=None, name="Astrid Ny"))
    assert "the only active administrator" in refused.content.decode()
    assert "Astrid Ny" in refused.content.decode()  # nothing typed is lost
    assert User.objects.get().is_active
    lars = make_user("lars")
    astrid.post(url("change", lars), facts_of(lars, roles=["administrator"]))
    assert astrid.post(url("change", user), facts_of(user, is_active=None)).status_code == 302
    assert not User.objects.get(pk=user.pk).is_active


def test_own_roles_are_refused_at_the_field(astrid: Client) -> None:
    user = User.objects.get()
    refused = astrid.post(url("change", user), facts_of(user, roles=["administrator", "reader"]))
    assert refused.context["adminform"].form.errors == {"roles": ["Nobody changes their own roles."]}


def test_acts_ask_for_a_fresh_second_factor(astrid: Client, settings: Settings) -> None:
    kari, user = make_user("kari"), User.objects.get(name="Astrid Drift")
    TOTP.activate(user, generate_totp_secret())
    settings.DEMO = False
    session = astrid.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "at": timezone.now().timestamp() - 16 * 60}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    assert astrid.get(url("second_factor", kari))["Location"].startswith(reverse("mfa_reauthenticate"))
    assert astrid.post(url("invite", kari))["Location"] == url("change", kari)
    assert not Email.objects.exists()
