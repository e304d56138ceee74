"""«Svar samlet»: counts per question with n and non-response, equal to what the export holds."""

from __future__ import annotations

from collections import Counter

import pytest

from kommunesamarbeid.core.roles import NotAllowed
from municipalities.responses.export import rows
from municipalities.responses.responses import withdraw_response
from municipalities.responses.tallies import Tally, tally_answers
from tests.desk import desk
from tests.municipalities.answers import begun_response, submitted_response
from tests.people import NOW, actor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def tally(label: str) -> Tally:
    """Return the tally of one question."""
    return next(found for found in tally_answers(by=actor("lars")) if str(found.label) == label)


def said(found: Tally) -> dict[str, int]:
    """Return the answers that somebody has given."""
    return {str(count.label): count.number for count in found.counts if count.number}


def test_a_question_says_how_many_were_asked_answered_and_did_not() -> None:
    submitted_response("1804", travel="west")
    submitted_response("5501", travel="")
    begun_response("4621", travel="yes")

    found = tally("Can staff travel to Ukraine?")

    assert (found.asked, found.answered, found.unanswered, said(found)) == (
        2,
        1,
        1,
        {"Only to the west of the country": 1},
    )


def test_a_conditional_question_counts_only_those_it_was_asked() -> None:
    submitted_response("1804", horizons=["short"])
    submitted_response("5501", horizons=["long"], short_term_capacity="")

    assert tally("How much short-term help can you give?").asked == 1


def test_withdrawn_interest_is_out_and_only_the_last_version_counts() -> None:
    submitted_response("1804", staff_hours="10_25")
    other = submitted_response("5501", staff_hours="over_50").response
    withdraw_response(response=other, by=actor("kari"), at=NOW, reason="x")

    assert said(tally("How many staff hours can you set aside?")) == {"10–25 hours a month": 1}


def test_figures_equal_what_the_export_holds() -> None:
    for number, hours in (("1804", "10_25"), ("5501", "10_25"), ("4621", "over_50")):
        submitted_response(number, staff_hours=hours)

    lines = list(rows(by=actor("lars"), at=NOW))

    assert sorted(said(tally("How many staff hours can you set aside?")).values()) == sorted(
        Counter(line["staff_hours"] for line in lines).values()
    )
    assert said(tally("Number of partnerships")) == {
        str(key): n for key, n in Counter(line["capacity"] for line in lines).items()
    }
    assert said(tally("What can you contribute with?")) == {"education": 3, "youth": 3}


def test_the_page_is_for_ks_and_auc_gets_no_figures() -> None:
    submitted_response()

    page = " ".join(desk("lars").get("/desk/municipalities/response/tallies/").content.decode().split())

    assert "n = 1 of 1 asked; 0 did not answer" in page
    with pytest.raises(NotAllowed):
        tally_answers(by=actor("andrij"))
