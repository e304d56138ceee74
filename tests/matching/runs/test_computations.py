"""Whatever is computed lives one life: begun once, silent when its process died, found again by the sweep."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from kommunesamarbeid.core.roles import SYSTEM
from matching.models import MatchRun, PriceQuestion, Proposal, RunAnalysis, Scenario
from matching.questions import price_questions
from matching.runs import analyses, computations
from matching.runs.computations import LIVES, Computation, Result
from matching.runs.solver import SolverError, Stopped
from tests.matching.builders import computed_run, published_run, queued_run, queued_scenario
from tests.people import NOW, actor

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)


def asked() -> PriceQuestion:
    proposal: Proposal = published_run().proposals.select_related("response", "candidate").get()
    response, candidate = proposal.response, proposal.candidate
    return price_questions.ask(
        run=proposal.run, response=response, candidate=candidate, by=actor("kari"), at=NOW
    )


KINDS: dict[type[Computation], Callable[[], Computation]] = {
    MatchRun: queued_run,
    RunAnalysis: lambda: analyses.request_analyses(run=computed_run(), by=SYSTEM, at=NOW)[0],
    Scenario: lambda: queued_scenario(computed_run()),
    PriceQuestion: asked,
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def compute(row: Computation, work: Callable[[], Result], at: datetime = NOW) -> bool:
    return computations.compute_once(row, at=at, clock=lambda: at, compute=work)


class ProcessDied(BaseException):
    """What nobody catches: the process is gone in the middle of the work."""


def die() -> Result:
    raise ProcessDied


def fail(error: Exception) -> Callable[[], Result]:
    def work() -> Result:
        raise error

    return work


def test_every_kind_of_computation_is_tried_here() -> None:
    assert KINDS.keys() == LIVES.keys()


@each_kind
def test_a_row_whose_process_died_is_found_when_it_has_been_silent(kind: type[Any]) -> None:
    row = KINDS[kind]()
    with pytest.raises(ProcessDied):
        compute(row, die)
    life = LIVES[kind]
    assert computations.take_up_lost(kind, at=NOW + life.silence - timedelta(seconds=1)) == []
    assert computations.take_up_lost(kind, at=NOW + life.silence) == [row]
    row.refresh_from_db()
    assert row.state == life.lost


@each_kind
def test_a_row_that_fails_says_why_in_a_code_and_can_be_queued_again(kind: type[Any]) -> None:
    row = KINDS[kind]()
    assert compute(row, fail(SolverError("timeout")))
    row.refresh_from_db()
    assert "timeout" in str(getattr(row, "error", "") or getattr(row, "answer", ""))
    computations.queue_again(row, by=SYSTEM, at=LATER)
    assert row.pk in computations.waiting(kind, queued_before=LATER)


@each_kind
def test_a_computation_that_was_stopped_writes_nothing_and_none_is_done_twice(kind: type[Any]) -> None:
    row = KINDS[kind]()
    assert not compute(row, fail(Stopped()))
    row.refresh_from_db()
    assert (row.state, compute(row, die)) == ("running", False)


@each_kind
def test_what_was_not_foreseen_fails_the_row_and_is_raised(kind: type[Any]) -> None:
    row = KINDS[kind]()
    with pytest.raises(ZeroDivisionError):
        compute(row, fail(ZeroDivisionError()))
    row.refresh_from_db()
    assert row.state == "failed"
