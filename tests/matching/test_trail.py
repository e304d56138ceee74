"""The history page of a proposal tells what was done, and keeps names and reasons within an organisation."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from kommunesamarbeid.core.models import User
from matching import decisions
from matching.choices import DecisionKind, RejectReason
from matching.models import Proposal
from tests.matching.builders import proposal
from tests.people import NOW, actor, make_user

pytestmark = pytest.mark.django_db


def page_for(who: str, pair: Proposal) -> str:
    """Return the history page as one of the cast reads it, in English."""
    user = User.objects.filter(email__startswith=f"{who}@").first() or make_user(who)
    client = Client()
    client.cookies["language"] = "en"
    client.force_login(user)
    return client.get(reverse("admin:matching_proposal_history", args=[pair.pk])).content.decode()


@pytest.mark.parametrize(("who", "reads"), [("kari", True), ("andrij", False)])
def test_reasons_and_names_of_ks_are_read_by_ks_alone(who: str, reads: bool) -> None:
    pair = proposal()
    decisions.reject_proposal(
        proposal=pair, kind=DecisionKind.KS_FIRST, by=actor("kari"), at=NOW, reason_code=RejectReason.OTHER, reason="Too far away"
    )
    page = page_for(who, pair)
    assert "Rejected" in page
    assert ("Too far away" in page, "Kari Nordmann" in page) == (reads, reads)
