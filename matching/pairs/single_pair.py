"""One pair is examined on its own, as a run would: its points, or the rule that forbids it;
and the next best is put in line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.timezone import localdate

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.roles import Actor
from matching.choices import ProposalOrigin, Side, Verdict
from matching.engine.scores.criterion_breakdown import coverage, rule
from matching.features import Encoded, encode
from matching.models import Decision, MatchRun, Proposal
from matching.pairs.explanations import explained
from matching.states import UNDECIDED, RunState
from municipalities.models import Candidate, Hromada, Municipality, Response


@dataclass(frozen=True, slots=True)
class Pair:
    """What a run would say of one pair today; `rule` is the code that forbids it, else "", and then `points`
    is what it gets.
    """

    rule: str
    side: str = ""
    points: int = 0
    breakdown: tuple[dict[str, Any], ...] = ()
    coverage: int = 0
    version: int = 0
    assessment: int = 0
    capacity_no: int = 0
    capacity_ua: int = 0


def lock_sides(municipality: int, hromada: int) -> None:
    """Lock both sides, the Norwegian one first, so that two acts on the last capacity wait for each other.

    PostgreSQL locks the rows; SQLite holds the whole database since BEGIN IMMEDIATE.
    """
    list(Municipality.objects.select_for_update().filter(pk=municipality).values_list("pk"))
    list(Hromada.objects.select_for_update().filter(pk=hromada).values_list("pk"))


def examine(encoded: Encoded, response: Response, candidate: Candidate, *, threshold: int) -> Pair:
    """Return what the data in `encoded` say of a pair. Needs municipality and hromada selected."""
    number, katottg = response.municipality.number, candidate.hromada.katottg
    out = {(exclusion.side, exclusion.code): exclusion.rule for exclusion in encoded.exclusions}
    for side, code, codes in (
        (Side.NORWEGIAN, number, encoded.rows.codes),
        (Side.UKRAINIAN, katottg, encoded.columns.codes),
    ):
        if code not in codes:
            return Pair(out.get((side.value, code), "inactive"), side.value)
    i, j = encoded.rows.codes.index(number), encoded.columns.codes.index(katottg)
    if encoded.row_ids[i].response != response.pk:
        return Pair("inactive", Side.NORWEGIAN.value)
    asked = (encoded.rows, encoded.columns, encoded.pairs, encoded.weights, i, j)
    criteria = explained(encoded, i, j)
    return Pair(
        rule=rule(*asked, threshold) or "",
        points=sum(criterion["points"] for criterion in criteria),
        breakdown=tuple(criteria),
        coverage=coverage(*asked),
        version=encoded.row_ids[i].version,
        assessment=encoded.column_ids[j].assessment,
        capacity_no=int(encoded.rows.capacity[i]),
        capacity_ua=int(encoded.columns.capacity[j]),
    )


def latest_published() -> MatchRun | None:
    """Return the run that is under review, with its scheme."""
    return (
        MatchRun.objects.filter(state=RunState.PUBLISHED)
        .select_related("scheme")
        .order_by("-published_at", "-id")
        .first()
    )


def write_proposal(
    run: MatchRun,
    response: Response,
    candidate: Candidate,
    pair: Pair,
    *,
    by: Actor,
    at: datetime,
    **values: Any,
) -> Proposal:
    """Write a proposal that no run computed, with its points as of today."""
    made = Proposal(
        run=run,
        response=response,
        version_id=pair.version,
        candidate=candidate,
        assessment_id=pair.assessment,
        points=pair.points,
        breakdown=list(pair.breakdown),
        coverage_permille=pair.coverage,
        made_at=at,
        made_by_id=by.id if by.kind == "user" else None,
        **values,
    )
    save_with_history(made, by=by, at=at, reason=made.origin_reason)
    record(
        "proposal.made",
        made,
        by=by,
        at=at,
        reason=made.origin_reason,
        data={"origin": made.origin, "run": run.pk},
    )
    return made


def write_decision(
    proposal: Proposal,
    kind: str,
    verdict: Verdict,
    *,
    by: Actor,
    at: datetime,
    reason: str = "",
    reason_code: str = "",
    no_conflict: bool = False,
) -> None:
    """Write what somebody has decided on a proposal; its state is the caller's."""
    assert by.id is not None, "a decision is a person's"
    Decision.objects.create(
        proposal=proposal,
        kind=kind,
        verdict=verdict,
        decided_at=at,
        decided_by_id=by.id,
        reason=reason.strip(),
        reason_code=reason_code,
        no_conflict=no_conflict,
    )


def queue_next_best(*, ended: Proposal, why: str, by: Actor, at: datetime) -> list[Proposal]:
    """Put each side's next best partner in line for KS to decide,
    after a partnership that did not come about.

    From the run's stored alternatives, cheapest first; only pairs that the rules permit today, between sides
    that have capacity left and no undecided proposal of their own for it. Returns what was put in line; it
    may be nothing.
    """
    run = latest_published()
    if run is None:
        return []
    encoded = encode(as_of=localdate(at), scheme=run.scheme)
    busy = _Busy(run)
    made: list[Proposal] = []
    for response, candidate in _next_best(ended):
        pair = examine(encoded, response, candidate, threshold=run.scheme.threshold)
        if pair.rule or not busy.admits(response, candidate, pair):
            continue
        values = {
            "origin": ProposalOrigin.FOLLOW_UP,
            "origin_reason": why,
            "assigned_to_id": ended.assigned_to_id,
        }
        made.append(write_proposal(run, response, candidate, pair, by=by, at=at, **values))
        busy.add(response.pk, candidate.pk)
    if made and ended.superseded_by_id is None:
        ended.superseded_by = made[0]
        save_with_history(ended, by=by, at=at, reason=why, fields=["superseded_by"])
    record(
        "proposal.next_best",
        ended,
        by=by,
        at=at,
        reason=why,
        data={"made": [proposal.pk for proposal in made]},
    )
    return made


def _next_best(ended: Proposal) -> Iterator[tuple[Response, Candidate]]:
    """Yield the stored alternatives of both sides, the Norwegian side's first, cheapest first."""
    stored = ended.alternatives.select_related("response__municipality__county", "candidate__hromada__oblast")
    for alternative in sorted(stored, key=lambda row: (row.side, row.rank)):
        yield alternative.response, alternative.candidate


class _Busy:
    """How many undecided proposals of a run each side has."""

    def __init__(self, run: MatchRun) -> None:
        undecided = run.proposals.filter(state__in=UNDECIDED).values_list("response_id", "candidate_id")
        self.responses: dict[int, int] = {}
        self.candidates: dict[int, int] = {}
        for response, candidate in undecided:
            self.add(response, candidate)

    def add(self, response: int, candidate: int) -> None:
        """Count one more."""
        self.responses[response] = self.responses.get(response, 0) + 1
        self.candidates[candidate] = self.candidates.get(candidate, 0) + 1

    def admits(self, response: Response, candidate: Candidate, pair: Pair) -> bool:
        """Whether both sides have capacity that nothing undecided waits for."""
        free_no = pair.capacity_no - self.responses.get(response.pk, 0)
        free_ua = pair.capacity_ua - self.candidates.get(candidate.pk, 0)
        return free_no > 0 and free_ua > 0
