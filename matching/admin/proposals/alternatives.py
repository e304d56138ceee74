"""Other partners of both sides, as the decision page shows them with points, price and consequences."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kommunesamarbeid.core.roles import Actor, May
from matching import wording
from matching.admin.proposals.pair_words import names_in
from matching.choices import Side
from matching.models import Alternative, PriceQuestion, Proposal
from matching.states import UNDECIDED, QuestionState

Key = tuple[int, int]


def alternatives_of(proposal: Proposal, reader: Actor) -> dict[str, Any]:
    """Return both sides' alternatives for this reader; moves only where somebody asked. 4 queries at most."""
    may_choose = reader.may(May.APPROVE_FIRST) and proposal.state in UNDECIDED
    rows = list(
        proposal.alternatives.select_related(
            "response__municipality__county", "candidate__hromada__oblast"
        ).order_by("rank")
    )
    questions = _questions(proposal, rows) if reader.is_of_ks else {}
    moves = [move for question in questions.values() for move in question.answer.get("moves", ())]
    names = names_in(moves) if moves else {}
    sides = [
        (_("Other partners for %(place)s") % {"place": proposal.response.municipality.name}, Side.NORWEGIAN),
        (_("Other partners for %(place)s") % {"place": proposal.candidate.hromada.name}, Side.UKRAINIAN),
    ]
    return {
        "sides": [
            (
                heading,
                [
                    _row(proposal, row, questions, names, may_choose=may_choose)
                    for row in rows
                    if row.side == side
                ],
            )
            for heading, side in sides
        ],
        "may_ask": reader.may(May.APPROVE_FIRST)
        and bool(rows)
        and len(questions) < len({_key(row) for row in rows}),
        "computing": any(
            question.state in {QuestionState.QUEUED, QuestionState.RUNNING} for question in questions.values()
        ),
        "may_choose": may_choose,
    }


def _questions(proposal: Proposal, rows: list[Alternative]) -> dict[Key, PriceQuestion]:
    asked = PriceQuestion.objects.filter(run=proposal.run_id, response__in={row.response_id for row in rows})
    wanted = {_key(row) for row in rows}
    by_pair = {(question.response_id, question.candidate_id): question for question in asked}
    return {key: question for key, question in by_pair.items() if key in wanted}


def _key(row: Alternative) -> Key:
    return row.response_id, row.candidate_id


def _row(
    proposal: Proposal,
    row: Alternative,
    questions: dict[Key, PriceQuestion],
    names: dict[str, str],
    *,
    may_choose: bool,
) -> dict[str, Any]:
    question = questions.get(_key(row))
    result = question.answer if question is not None else {}
    failed = question is not None and question.state == QuestionState.FAILED
    return {
        "place": row.candidate.hromada.place
        if row.side == Side.NORWEGIAN
        else row.response.municipality.place,
        "points": row.points,
        "price": row.price,
        "chain": wording.consequences(result["moves"], names) if result.get("moves") else [],
        "note": _("The consequences could not be computed.") if failed else "",
        "choose": reverse("admin:matching_proposal_choose", args=[proposal.pk, row.pk]) if may_choose else "",
    }
