"""At which of the four levels each part of a proposal is seen: declared once,
decided by `visibility.present()`.

KS reads all of it; AUC reads what is `internal`: what the Norwegian side offers, its size and its region, and
never its wishes about a partner, its own words or a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.visibility import Level, present, reach_of, visible_fields


@dataclass(frozen=True)
class NorwegianAnswer:
    """What a municipality answered, as far as a decision page shows it."""

    languages: tuple[str, ...] | None
    interpreter: Any
    capacity: int
    horizons: tuple[str, ...]
    preference: str
    refusal: str

    VISIBILITY: ClassVar[dict[str, Level]] = {
        "languages": Level.INTERNAL, "interpreter": Level.INTERNAL, "capacity": Level.RESTRICTED,
        "horizons": Level.RESTRICTED,
        "preference": Level.RESTRICTED, "refusal": Level.RESTRICTED,
    }  # fmt: skip

    @classmethod
    def of(cls, answers: Mapping[str, Any]) -> NorwegianAnswer:
        """Return the part of a version's answers that a decision rests on."""
        return cls(
            languages=tuple(answers["languages"]) if answers.get("languages") else None,
            interpreter=answers.get("interpreter"),
            capacity=int(answers.get("capacity") or 1),
            horizons=tuple(answers.get("horizons") or ()),
            preference=str(answers.get("preference") or ""),
            refusal=str(answers.get("refusal") or ""),
        )


class Reasons:
    """The criteria as reasons in words: those that repeat a wish or a tie of the municipality are for KS."""

    VISIBILITY: ClassVar[dict[str, Level]] = {
        "theme": Level.INTERNAL, "likeness": Level.INTERNAL, "unpartnered": Level.INTERNAL,
        "language": Level.INTERNAL,
        "reciprocity": Level.INTERNAL, "category": Level.RESTRICTED, "short_term": Level.RESTRICTED,
        "contact": Level.RESTRICTED,
        "waiting": Level.RESTRICTED,
    }  # fmt: skip


def reach_on_case(reader: Actor) -> Level:
    """Return the highest level this reader reaches on a proposal: KS all of it,
    others what they reach on any record.
    """
    return Level.RESTRICTED if reader.may(May.READ_RESPONSES) else reach_of(reader)


def answer_seen(answers: Mapping[str, Any], reach: Level) -> dict[str, Any]:
    """Return the visible part of a municipality's answers; what is above `reach` is absent."""
    return present(NorwegianAnswer.of(answers), reach)


def criteria_seen(breakdown: Iterable[Mapping[str, Any]], reach: Level) -> list[Mapping[str, Any]]:
    """Return the criteria whose reasons `reach` opens."""
    allowed = visible_fields(Reasons, reach)
    return [criterion for criterion in breakdown if criterion["code"] in allowed]
