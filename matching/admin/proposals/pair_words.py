"""The answer to "why not this pair?" in sentences, for the pages that show one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from matching import wording
from matching.admin.runs.run_names import place_names
from matching.choices import Side
from matching.models import PriceQuestion, Proposal
from matching.states import QuestionState
from municipalities.models import Candidate, Response


def pair_name(pair: Proposal | PriceQuestion) -> str:
    """Return a pair as a heading: Bodø ↔ Poltava."""
    return f"{pair.response.municipality.name} ↔ {pair.candidate.hromada.name}"


def answer_words(question: PriceQuestion | None) -> list[str]:
    """Return the answer in sentences: the rule, or the price and what happens to whom; empty without one."""
    if question is None or question.state in {QuestionState.QUEUED, QuestionState.RUNNING}:
        return []
    result = question.answer
    if question.state == QuestionState.FAILED:
        return [
            _(
                "The price could not be computed, or did not agree with the run. Nothing is shown rather than something wrong."
            )
        ]
    if result.get("chosen"):
        return [
            _("The run has chosen this pair, with %(points)s points.")
            % {"points": in_thousands(result["points"])}
        ]
    if "rule" in result:
        return list(_forbidden(question))
    return [*_priced(result), *wording.consequences(result["moves"], names_in(result["moves"]))]


def names_in(moves: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return the place of each official code in the moves; 2 queries."""
    return place_names({move["row"] for move in moves}, {move["column"] for move in moves})


def rule_words(rule: str, side: str, response: Response, candidate: Candidate) -> str:
    """Return the rule against a pair in words, with the name of the side that it is about."""
    about = {
        Side.NORWEGIAN.value: response.municipality.name,
        Side.UKRAINIAN.value: candidate.hromada.name,
    }.get(side)
    text = wording.rule_text(rule, side)
    return f"{about}: {text}" if about else text


def _forbidden(question: PriceQuestion) -> Iterable[str]:
    result = question.answer
    if result["rule"]:
        yield rule_words(result["rule"], result.get("side", ""), question.response, question.candidate)
    else:
        yield _("A rule forbade this pair in the run.")
    if not result.get("exact", True):
        yield _("The data have changed since the run: the rule is the one that holds for them now.")


def _priced(result: dict[str, Any]) -> Iterable[str]:
    if result["price"] < 0:
        yield _("Not possible within the run's plan: %(why)s.") % {
            "why": wording.price_words(result["price"])
        }
        return
    facts = {"points": in_thousands(result["points"]), "price": in_thousands(result["price"])}
    yield _("The pair would get %(points)s points. Making it costs the whole plan %(price)s points:") % facts
