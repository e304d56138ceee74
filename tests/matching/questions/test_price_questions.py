"""A question about a pair is answered exactly: by a re-solve whose moves add up to the price, or by the rule that forbids it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from kommunesamarbeid.core.roles import NotAllowed
from matching.choices import Side
from matching.models import Alternative, MatchRun, PriceQuestion
from matching.questions import price_questions
from matching.runs.solver import SolverError
from matching.states import QuestionState
from matching.wording import consequences
from matching.wording.chains import gain
from municipalities.models import Candidate, Response
from tests.matching.builders import matchable, published_run, two_pairs
from tests.municipalities.answers import ready_response
from tests.municipalities.pool import LVIV, POLTAVA, TESTIVSKA, ready_candidate
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
Q = QuestionState


def question(run: MatchRun, number: str, katottg: str, who: str = "kari") -> PriceQuestion:
    response, candidate = (
        Response.objects.get(municipality__number=number),
        Candidate.objects.get(hromada__katottg=katottg),
    )
    return price_questions.ask(run=run, response=response, candidate=candidate, by=actor(who), at=NOW)


def answered(run: MatchRun, number: str, katottg: str) -> PriceQuestion:
    asked = question(run, number, katottg)
    assert price_questions.answer_question(question=asked, at=NOW, clock=lambda: NOW)
    return asked


def crosswise(run: MatchRun) -> tuple[str, str]:
    """Return a pair of codes that the run of two pairs did not choose."""
    assert run.plan is not None
    first, second = run.plan["pairs"]
    return first["row"], second["column"]


def test_price_of_a_pair_is_the_resolve_and_its_moves_add_up() -> None:
    two_pairs()
    run = published_run()
    asked = answered(run, *crosswise(run))
    stored = set(
        Alternative.objects.filter(response=asked.response, candidate=asked.candidate).values_list(
            "price", flat=True
        )
    )
    assert (asked.state, {asked.answer["price"]}) == (Q.ANSWERED, stored)
    assert gain(asked.answer["moves"]) == -asked.answer["price"]
    assert {move["kind"] for move in asked.answer["moves"]} == {"joins", "leaves"}


def test_a21_every_stored_alternative_of_a_run_is_a_resolve() -> None:
    two_pairs()
    matchable("1811", TESTIVSKA)
    run = published_run()
    rows = Alternative.objects.filter(proposal__run=run).select_related(
        "response__municipality", "candidate__hromada"
    )
    prices = {
        row.pk: answered(run, row.response.municipality.number, row.candidate.hromada.katottg).answer["price"]
        if not PriceQuestion.objects.filter(response=row.response, candidate=row.candidate).exists()
        else PriceQuestion.objects.get(response=row.response, candidate=row.candidate).answer["price"]
        for row in rows
    }
    assert len(prices) > 6
    assert prices == {row.pk: row.price for row in rows}


def test_moves_are_told_municipality_by_municipality() -> None:
    two_pairs()
    run = published_run()
    moves = answered(run, *crosswise(run)).answer["moves"]
    places = {"1804": "Bodø", "5501": "Tromsø", POLTAVA: "Poltava", LVIV: "Lviv"}
    with translation.override("en"):
        sentences = consequences(moves, places)
    assert len(sentences) == 2
    assert all(" then gets " in sentence and "instead of" in sentence for sentence in sentences)
    assert {sentence.split()[0] for sentence in sentences} == {"Bodø", "Tromsø"}


def test_pair_that_a_rule_forbids_is_answered_by_the_rule() -> None:
    ready_response("1804", refusal="outside")
    ready_response("5501")
    ready_candidate(POLTAVA, languages=["en"], interpreter=True)
    ready_candidate(LVIV, languages=["en"], interpreter=True)
    asked = answered(published_run(), "1804", POLTAVA)
    assert asked.answer == {"rule": "category_refused", "side": "", "exact": True}


def test_party_that_was_out_of_the_run_is_answered_by_what_kept_it_out() -> None:
    two_pairs()
    ready_candidate(TESTIVSKA, needs=())
    asked = answered(published_run(), "1804", TESTIVSKA)
    assert asked.answer == {"rule": "no_common_theme", "side": Side.UKRAINIAN, "exact": True}


def test_chosen_pair_is_answered_as_chosen() -> None:
    run = published_run()
    assert answered(run, "1804", POLTAVA).answer == {"chosen": True, "points": run.proposals.get().points}


def test_question_is_asked_once_and_answered_once() -> None:
    run = published_run()
    asked = answered(run, "1804", POLTAVA)
    assert question(run, "1804", POLTAVA, "guro") == asked
    assert not price_questions.answer_question(question=asked, at=NOW, clock=lambda: NOW)


@pytest.mark.parametrize("who", ["lars", "andrij", "olena", "astrid"])
def test_question_is_for_whoever_plans_or_decides_in_ks(who: str) -> None:
    with pytest.raises(NotAllowed):
        question(published_run(), "1804", POLTAVA, who)


def test_answer_that_contradicts_the_stored_price_is_a_failure_and_never_shown() -> None:
    two_pairs()
    run = published_run()
    row, column = crosswise(run)
    Alternative.objects.filter(response__municipality__number=row, candidate__hromada__katottg=column).update(
        price=1
    )
    asked = question(run, row, column)
    with pytest.raises(SolverError, match="mismatch"):
        price_questions.answer_of(asked)
    price_questions.answer_question(question=asked, at=NOW, clock=lambda: NOW)
    assert (asked.state, asked.answer) == (Q.FAILED, {"failure": "mismatch"})


def test_question_whose_process_is_lost_is_put_in_line_again() -> None:
    asked = question(published_run(), "1804", POLTAVA)
    PriceQuestion.objects.filter(pk=asked.pk).update(state=Q.RUNNING, started_at=NOW)
    assert price_questions.questions_in_line(at=NOW + timedelta(minutes=4)) == []
    assert price_questions.questions_in_line(at=NOW + timedelta(minutes=5)) == [asked.pk]
