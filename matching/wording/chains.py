"""What making a pair sets off, municipality by municipality: who gets whom instead of whom,
and what each gains or loses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext

from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from matching.engine.frame import LEVEL, NEVER
from matching.wording.code_words import joined

Move = Mapping[str, Any]
"""One entry of a price question's `moves`: kind (joins, leaves), row, column, points."""


def consequences(moves: Sequence[Move], places: Mapping[str, str]) -> list[str]:
    """Return one sentence per municipality the moves touch, in their order;
    what they gain and lose sums to minus the price.

    `places` names each official code. The first is the municipality of the pair itself.
    """
    rows = dict.fromkeys(move["row"] for move in moves)
    return [_sentence(row, [move for move in moves if move["row"] == row], places) for row in rows]


def gain(moves: Sequence[Move]) -> int:
    """Return what the whole plan gains by the moves: minus their price."""
    return sum(move["points"] if move["kind"] == "joins" else -move["points"] for move in moves)


def price_words(price: int | None) -> str:
    """Return what a price says: points, or in words why there is none."""
    if price is None:
        return gettext("not computed")
    if price == NEVER:
        return gettext("no permitted plan has this pair")
    if price == LEVEL:
        return gettext("fewer partnerships would be made, or fewer urgent needs met")
    return in_thousands(price)


def price_meaning(price: int, total: int | None) -> str:
    """Return what making a pair costs the run's plan, as a sentence; `total` is the plan's points."""
    if price == NEVER:
        return gettext("No permitted plan of the run has this pair.")
    if price == LEVEL:
        return gettext(
            "With this pair the run's plan would have fewer partnerships, or meet fewer urgent needs."
        )
    if price == 0:
        return gettext("The run's plan could have had this pair without losing a point.")
    if not total:
        return gettext("With this pair the run's plan would lose %(price)s points.") % {
            "price": in_thousands(price)
        }
    facts = {
        "price": in_thousands(price),
        "total": in_thousands(total),
        "percent": number_format(100 * price / total, 2),
    }
    return (
        gettext(
            "With this pair the run's plan would lose %(price)s of its %(total)s points (%(percent)s %%)."
        )
        % facts
    )


def _sentence(row: str, moves: Sequence[Move], places: Mapping[str, str]) -> str:
    got = [places.get(move["column"], move["column"]) for move in moves if move["kind"] == "joins"]
    lost = [places.get(move["column"], move["column"]) for move in moves if move["kind"] == "leaves"]
    facts = {
        "place": places.get(row, row),
        "new": joined(got),
        "old": joined(lost),
        "points": in_thousands(abs(gain(moves))),
    }
    if got and lost and gain(moves) < 0:
        return gettext("%(place)s then gets %(new)s instead of %(old)s and loses %(points)s points.") % facts
    if got and lost:
        return gettext("%(place)s then gets %(new)s instead of %(old)s and gains %(points)s points.") % facts
    if got:
        return gettext("%(place)s then gets %(new)s and gains %(points)s points.") % facts
    return (
        gettext("%(place)s then loses %(old)s, has one partner fewer, and loses %(points)s points.") % facts
    )
