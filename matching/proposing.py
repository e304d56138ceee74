"""A computed run becomes proposals with named points, a price and alternatives, and a list of who was out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from simple_history.utils import get_history_manager_for_model

from matching.choices import Side
from matching.engine.breakdown import CriterionPoints, breakdown, coverage
from matching.engine.criteria import HORIZONS
from matching.features import Encoded
from matching.models import Alternative, MatchRun, Proposal, RunExclusion
from matching.outcomes import Outcome, Watch


def keep(run: MatchRun, outcome: Outcome, *, at: datetime) -> None:
    """Write exclusions, proposals and alternatives of a run that has just become computed; inside its transaction."""
    watch = Watch()
    RunExclusion.objects.bulk_create(
        [RunExclusion(run=run, side=out.side, code=out.code, rule=out.rule) for out in outcome.encoded.exclusions]
    )
    proposals = Proposal.objects.bulk_create(_proposals(run, outcome))
    get_history_manager_for_model(Proposal).bulk_history_create(proposals, default_date=at)
    Alternative.objects.bulk_create(_alternatives(proposals, outcome))
    watch.mark("write")
    run.seconds = outcome.seconds | watch.seconds
    run.save(update_fields=["seconds"])


def _proposals(run: MatchRun, outcome: Outcome) -> list[Proposal]:
    encoded = outcome.encoded
    row_of = {code: i for i, code in enumerate(encoded.rows.codes)}
    column_of = {code: j for j, code in enumerate(encoded.columns.codes)}
    priced = outcome.prices["pairs"] if outcome.prices else [{"ban": None}] * len(outcome.plan["pairs"])
    made = []
    for pair, price in zip(outcome.plan["pairs"], priced, strict=True):
        i, j = row_of[pair["row"]], column_of[pair["column"]]
        row, column = encoded.row_ids[i], encoded.column_ids[j]
        given = (encoded.rows, encoded.columns, encoded.pairs, encoded.weights, i, j)
        made.append(
            Proposal(
                run=run, response_id=row.response, version_id=row.version, candidate_id=column.candidate,
                assessment_id=column.assessment, points=pair["points"], breakdown=explained(encoded, i, j),
                coverage_permille=coverage(*given), ban_price=price["ban"],
            )
        )  # fmt: skip
    return made


def criterion_record(given: CriterionPoints) -> dict[str, Any]:
    """Return one criterion's points as `Proposal.breakdown` stores them; `row` and `column` are what each side said."""
    return {
        "code": given.code,
        "points": given.points,
        "max": given.max,
        "known": given.known,
        "known_max": given.known_max,
        "row": given.row_value,
        "column": given.column_value,
        "parts": [criterion_record(part) for part in given.parts],
    }


def explained(encoded: Encoded, i: int, j: int) -> list[dict[str, Any]]:
    """Return the points of pair (i, j) per criterion, with the critical needs among the shared themes marked."""
    columns = encoded.columns
    found = [criterion_record(each) for each in breakdown(encoded.rows, columns, encoded.pairs, encoded.weights, i, j)]
    for entry in next(given for given in found if given["code"] == "theme")["row"]:
        k, h = columns.themes.index(entry["theme"]), HORIZONS.index(entry["horizon"])
        entry["urgent"] = bool(columns.urgent[j, k, h])
    return found


def _alternatives(proposals: Sequence[Proposal], outcome: Outcome) -> list[Alternative]:
    """Return the three cheapest other partners of each side, as the engine priced them."""
    if outcome.prices is None:
        return []
    encoded = outcome.encoded
    response_of = {code: ids.response for code, ids in zip(encoded.rows.codes, encoded.row_ids, strict=True)}
    candidate_of = {code: ids.candidate for code, ids in zip(encoded.columns.codes, encoded.column_ids, strict=True)}
    return alternatives(list(zip(proposals, outcome.prices["pairs"], strict=True)), response_of, candidate_of)


def alternatives(
    priced: Sequence[tuple[Proposal, dict[str, Any]]], response_of: dict[str, int], candidate_of: dict[str, int]
) -> list[Alternative]:
    """Return the alternatives of proposals from their prices; ids are given by official code."""
    made = []
    for proposal, pair in priced:
        for rank, other in enumerate(pair["for_row"], start=1):
            candidate = candidate_of[other["column"]]
            made.append(_alternative(proposal, Side.NORWEGIAN, rank, proposal.response_id, candidate, other))
        for rank, other in enumerate(pair["for_column"], start=1):
            response = response_of[other["row"]]
            made.append(_alternative(proposal, Side.UKRAINIAN, rank, response, proposal.candidate_id, other))
    return made


def _alternative(proposal: Proposal, side: Side, rank: int, response: int, candidate: int, priced: dict[str, Any]) -> Alternative:
    return Alternative(
        proposal=proposal, side=side, rank=rank, response_id=response, candidate_id=candidate, points=priced["points"],
        price=priced["force"],
    )  # fmt: skip
