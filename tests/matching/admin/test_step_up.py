"""Publishing a run and the second approval ask for a second factor not older than fifteen minutes."""

from __future__ import annotations

import time

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from kommunesamarbeid.core.models import User
from matching.choices import DecisionKind
from matching.models import MatchRun, Proposal
from tests.matching.builders import computed_run, proposal
from tests.people import make_user

pytestmark = pytest.mark.django_db
AGAIN = "/konto/to-trinn/bekreft/"


@pytest.fixture(autouse=True)
def _not_a_demo(settings: Settings) -> None:
    settings.DEMO = False


def logged_in(who: str, minutes_ago: int) -> Client:
    """Return the browser of one of the cast who gave the second factor some minutes ago."""
    user = User.objects.filter(email__startswith=f"{who}@").first() or make_user(who)
    client = Client()
    client.force_login(user)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "mfa", "at": time.time() - 60 * minutes_ago, "type": "totp"}
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
    return client


@pytest.mark.parametrize(("minutes_ago", "state"), [(1, "published"), (16, "computed")])
def test_a_run_is_published_only_on_a_fresh_factor(minutes_ago: int, state: str) -> None:
    run = computed_run()
    answer = logged_in("kari", minutes_ago).post(reverse("admin:matching_matchrun_publish", args=[run.pk]))
    assert answer["Location"].startswith(AGAIN) is (state == "computed")
    assert MatchRun.objects.get().state == state


@pytest.mark.parametrize(("kind", "asks"), [(DecisionKind.KS_SECOND, True), (DecisionKind.KS_FIRST, False)])
def test_the_second_approval_asks_again_and_the_first_does_not(
    settings: Settings, kind: str, asks: bool
) -> None:
    settings.APPROVALS_REQUIRED = ["ks_first", "ks_second", "auc"]
    pair = proposal()
    client = logged_in("guro", 16)
    data = {"kind": kind, "no_conflict": "on", "seen": "proposed", "reason": ""}
    answer = client.post(reverse("admin:matching_proposal_approve", args=[pair.pk]), data)
    assert answer.headers.get("Location", "").startswith(AGAIN) is asks
    assert Proposal.objects.get().decisions.count() == (0 if asks else 1)
