"""A computed run becomes proposals with named points, a price and alternatives, and a list of who was out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from matching.choices import Side
from matching.engine.scores.criterion_breakdown import coverages
from matching.models import Alternative, MatchRun, Proposal, RunExclusion
from matching.pairs import positions
from matching.runs.bulk_insert import insert_rows, record_creation
from matching.runs.outcomes import Outcome, Watch
from matching.states import ProposalState

PROPOSAL_FIELDS: Final = (
    "run_id", "state", "response_id", "version_id", "candidate_id", "assessment_id", "points", "breakdown",
    "coverage_permille",
    "ban_price",
)  # fmt: skip
ALTERNATIVE_FIELDS: Final = ("proposal_id", "side", "rank", "response_id", "candidate_id", "points", "price")


def write_proposals(run: MatchRun, outcome: Outcome, *, at: datetime) -> None:
    """Write exclusions, proposals and alternatives of a run that has just become computed;
    inside its transaction.
    """
    watch = Watch()
    RunExclusion.objects.bulk_create(
        [
            RunExclusion(run=run, side=out.side, code=out.code, rule=out.rule)
            for out in outcome.encoded.exclusions
        ]
    )
    insert_rows(Proposal, PROPOSAL_FIELDS, _proposals(run, outcome))
    record_creation(run.proposals.all(), at=at)
    insert_rows(Alternative, ALTERNATIVE_FIELDS, _alternatives(run, outcome))
    watch.mark("write")
    run.seconds = outcome.seconds | watch.seconds
    run.save(update_fields=["seconds"])


def _proposals(run: MatchRun, outcome: Outcome) -> list[tuple[Any, ...]]:
    """Return the values of each proposal in the order of `PROPOSAL_FIELDS`."""
    encoded, pairs = outcome.encoded, outcome.plan["pairs"]
    chosen = positions(encoded, pairs)
    bans = [price["ban"] for price in outcome.prices["pairs"]] if outcome.prices else [None] * len(pairs)
    covered = coverages(encoded.rows, encoded.columns, encoded.pairs, encoded.weights, chosen)
    return [
        (
            run.pk,
            ProposalState.PROPOSED,
            *encoded.row_ids[i],
            *encoded.column_ids[j],
            pair["points"],
            reason,
            share,
            ban,
        )
        for (i, j), pair, reason, share, ban in zip(
            chosen.tolist(), pairs, outcome.reasons, covered, bans, strict=True
        )
    ]


def _alternatives(run: MatchRun, outcome: Outcome) -> list[tuple[Any, ...]]:
    """Return the values of each alternative of the run's proposals, as the engine priced them."""
    if outcome.prices is None:
        return []
    encoded = outcome.encoded
    response_of = {code: ids.response for code, ids in zip(encoded.rows.codes, encoded.row_ids, strict=True)}
    candidate_of = {
        code: ids.candidate for code, ids in zip(encoded.columns.codes, encoded.column_ids, strict=True)
    }
    stored = run.proposals.order_by().values_list("response_id", "candidate_id", "id")
    proposal_of = {(response, candidate): pk for response, candidate, pk in stored}
    pairs = outcome.prices["pairs"]
    priced = [(proposal_of[response_of[pair["row"]], candidate_of[pair["column"]]], pair) for pair in pairs]
    return alternative_rows(priced, response_of, candidate_of)


def alternative_rows(
    priced: Sequence[tuple[int, dict[str, Any]]], response_of: dict[str, int], candidate_of: dict[str, int]
) -> list[tuple[Any, ...]]:
    """Return the three cheapest other partners of each side in the order of `ALTERNATIVE_FIELDS`.

    `priced` are proposals' ids and prices; the ids of both sides are given by official code.
    """
    made: list[tuple[Any, ...]] = []
    for proposal, pair in priced:
        response, candidate = response_of[pair["row"]], candidate_of[pair["column"]]
        for rank, other in enumerate(pair["for_row"], start=1):
            offered = response, candidate_of[other["column"]]
            made.append((proposal, Side.NORWEGIAN, rank, *offered, other["points"], other["force"]))
        for rank, other in enumerate(pair["for_column"], start=1):
            offered = response_of[other["row"]], candidate
            made.append((proposal, Side.UKRAINIAN, rank, *offered, other["points"], other["force"]))
    return made
