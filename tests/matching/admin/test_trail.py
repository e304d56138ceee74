"""The history page of a proposal tells what was done, and keeps names and reasons within an organisation."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kommunesamarbeid.core.models import User
from matching.choices import RejectReason
from matching.decisions import decisions
from matching.models import MatchRun, Proposal
from matching.states import RunState
from tests.matching.builders import proposal
from tests.people import NOW, actor, make_user

pytestmark = pytest.mark.django_db


def client_of(who: str) -> Client:
    """Return the browser of one of the cast, in English."""
    client = Client()
    client.cookies["language"] = "en"
    client.force_login(User.objects.filter(email__startswith=f"{who}@").first() or make_user(who))
    return client


def page_for(who: str, pair: Proposal) -> str:
    """Return the history page as one of the cast reads it, in English."""
    return client_of(who).get(reverse("admin:matching_proposal_history", args=[pair.pk])).content.decode()


@pytest.mark.parametrize(("who", "reads"), [("kari", True), ("andrij", False)])
def test_reasons_and_names_of_ks_are_read_by_ks_alone(who: str, reads: bool) -> None:
    pair = proposal()
    decisions.reject_proposal(
        proposal=pair,
        by=actor("kari"),
        at=NOW,
        reason_code=RejectReason.OTHER,
        reason="Too far away",
    )
    page = page_for(who, pair)
    assert "Rejected" in page
    assert ("Too far away" in page, "Kari Nordmann" in page) == (reads, reads)


def test_history_of_a_run_that_is_not_published_is_not_there() -> None:
    pair = proposal()
    MatchRun.objects.filter(pk=pair.run_id).update(state=RunState.DISCARDED)
    client = client_of("andrij")
    assert client.get(reverse("admin:matching_proposal_history", args=[pair.pk])).status_code == 404


@pytest.mark.parametrize("guess", ["origin_reason__startswith=T", "breakdown__0__row=1"])
def test_a_list_answers_no_guesses_at_texts_it_does_not_show(guess: str) -> None:
    proposal()
    client = client_of("andrij")
    assert client.get(f"{reverse('admin:matching_proposal_changelist')}?{guess}").status_code == 400


@pytest.mark.parametrize(("who", "reads"), [("kari", True), ("andrij", False)])
def test_who_of_ks_has_a_case_is_read_by_ks_alone(who: str, reads: bool) -> None:
    pair = proposal()
    actor("kari")
    User.objects.filter(email__startswith="kari@").update(name="Kari Nordmann")
    Proposal.objects.filter(pk=pair.pk).update(assigned_to=actor("kari").id)
    client = client_of(who)
    answer = client.get(
        reverse("admin:matching_proposal_changelist"), {"assigned_to__id__exact": str(actor("kari").id)}
    )
    assert (answer.status_code == 200) == reads
