"""What would this pair cost?

A question is a row; its answer comes from the engine's process, by solving again.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May, require
from matching.engine.records import canonical
from matching.features import encode
from matching.models import Alternative, MatchRun, PriceQuestion, RunExclusion
from matching.pairs import examine
from matching.runs import NoPlan, SolverError, computations, solver
from matching.states import QuestionState
from matching.wording import gain
from municipalities.models import Candidate, Response

SECONDS: Final = 120
MOST_OPEN: Final = 50
"""Questions that may wait at once: each is solved anew, one after another."""


class TooMany(Refused):
    """Many questions wait already."""

    message = _("Many questions are being computed already. Wait a little and ask again.")


@transaction.atomic
def ask(*, run: MatchRun, response: Response, candidate: Candidate, by: Actor, at: datetime) -> PriceQuestion:
    """Ask what making a pair would cost the run's plan; a question asked before is the same row.

    The caller starts the task.

    Raises NotAllowed, NoPlan, TooMany.
    """
    require(by, May.START_RUNS, May.APPROVE_FIRST, May.APPROVE_SECOND)
    if run.plan is None or run.problem is None:
        raise NoPlan
    # Of two who ask at once the second waits here, and finds the question of the first.
    MatchRun.objects.select_for_update().only("pk").get(pk=run.pk)
    asked_before = PriceQuestion.objects.filter(run=run, response=response, candidate=candidate).first()
    if asked_before is not None:
        if asked_before.state == QuestionState.FAILED:
            computations.queue_again(asked_before, by=by, at=at)
        return asked_before
    if PriceQuestion.objects.filter(state=QuestionState.QUEUED).count() >= MOST_OPEN:
        raise TooMany
    assert by.id is not None, "a question is a person's"
    question = PriceQuestion.objects.create(
        run=run, response=response, candidate=candidate, asked_at=at, asked_by_id=by.id
    )
    record(
        "question.asked",
        question,
        by=by,
        at=at,
        data={"run": run.pk, "response": response.pk, "candidate": candidate.pk},
    )
    return question


def answer_question(*, question: PriceQuestion, at: datetime, clock: computations.Clock) -> bool:
    """Answer a queued question; return whether this call did it. May come twice."""

    def compute() -> computations.Result:
        return computations.Result({"answer": answer_of(question)})

    return computations.compute_once(question, at=at, clock=clock, compute=compute)


def questions_in_line(*, at: datetime) -> list[int]:
    """Put questions whose process is lost in line again; return all that wait."""
    computations.take_up_lost(PriceQuestion, at=at)
    return computations.waiting(PriceQuestion, queued_before=at)


def answer_of(question: PriceQuestion) -> dict[str, Any]:
    """Return the answer in codes. Writes nothing.

    {"chosen": True, "points"} · {"rule", "side", "exact"}: forbidden, `exact` False when the data changed
    since the run · {"price", "points", "moves"}. A price that differs from the one stored with the run is a
    failure, never shown. Raises SolverError.
    """
    run, row, column = question.run, question.response.municipality.number, question.candidate.hromada.katottg
    assert run.problem is not None
    assert run.plan is not None
    problem = json.loads(bytes(run.problem))
    if row not in problem["row_codes"] or column not in problem["column_codes"]:
        return _left_out(run, row, column)
    points = _Points(problem)
    if any((pair["row"], pair["column"]) == (row, column) for pair in run.plan["pairs"]):
        return {"chosen": True, "points": points.of(row, column)}
    if points.of(row, column) < 0:
        return _ruled_out(question)
    if points.of(row, column) < problem["threshold"]:
        return {"rule": "below_threshold", "side": "", "exact": True, "points": points.of(row, column)}
    priced = price_of(problem, run.plan, row, column)
    _refuse_difference(question, priced["price"])
    moves = [{**move, "points": points.of(move["row"], move["column"])} for move in priced["moves"]]
    if priced["price"] >= 0 and gain(moves) != -priced["price"]:
        raise SolverError("mismatch", {"price": priced["price"], "moves": gain(moves)})
    return {"price": priced["price"], "points": points.of(row, column), "moves": moves}


def price_of(problem: dict[str, Any], plan: dict[str, Any], row: str, column: str) -> dict[str, Any]:
    """Return {"price", "moves"} of a pair from the engine, which solves again with the pair in the plan.

    Raises SolverError with code `timeout`, `bad_problem` or `crashed`.
    """
    asked = canonical({"problem": problem, "plan": plan}).encode()
    arguments = ["prices", "-", "--pair", row, column]
    answer: dict[str, Any] = solver.ask(arguments, asked, pulse=lambda level, rounds: True, timeout=SECONDS)[
        "pair"
    ]
    return answer


class _Points:
    """Single cells of a stored problem's points: the matrix itself is never unpacked here."""

    def __init__(self, problem: dict[str, Any]) -> None:
        packed = problem["points"]
        self.raw, self.columns = base64.b64decode(packed["base64"]), packed["shape"][1]
        self.row_of = {code: i for i, code in enumerate(problem["row_codes"])}
        self.column_of = {code: j for j, code in enumerate(problem["column_codes"])}

    def of(self, row: str, column: str) -> int:
        """Return the points of a pair; -1 for one that must not be."""
        cell: tuple[int] = struct.unpack_from(
            "<h", self.raw, 2 * (self.row_of[row] * self.columns + self.column_of[column])
        )
        return cell[0]


def _left_out(run: MatchRun, row: str, column: str) -> dict[str, Any]:
    out: Iterable[RunExclusion] = RunExclusion.objects.filter(run=run, code__in=[row, column]).order_by(
        "side"
    )
    for exclusion in out:
        return {"rule": exclusion.rule, "side": exclusion.side, "exact": True}
    return {"rule": "inactive", "side": "", "exact": True}


def _ruled_out(question: PriceQuestion) -> dict[str, Any]:
    """Return the rule of a forbidden pair, from the run's data read again;
    they are the same while the digest is.
    """
    run = question.run
    encoded = encode(as_of=run.as_of, scheme=run.scheme)
    pair = examine(encoded, question.response, question.candidate, threshold=run.scheme.threshold)
    return {"rule": pair.rule, "side": pair.side, "exact": encoded.digest == run.input_digest}


def _refuse_difference(question: PriceQuestion, price: int) -> None:
    """Refuse an answer that contradicts the price stored with the run."""
    stored = Alternative.objects.filter(
        proposal__run=question.run, response=question.response, candidate=question.candidate
    ).values_list("price", flat=True)
    if any(known_price != price for known_price in stored):
        raise SolverError("mismatch", {"price": price})
