"""What both sides of the encoder share: the axes, who left a run out and why,
and who is partner with whom.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from matching.choices import PairRuleKind, RejectReason, Side, Verdict
from matching.engine.scores.criteria import LANGUAGES
from matching.models import AgreementParty, Decision, PairRule
from matching.states import AgreementState, EndReason, ProposalState
from municipalities.models import Oblast, Theme

DECLINED: Final = (EndReason.DECLINED_NO, EndReason.DECLINED_UA)
FORBIDDING: Final = (RejectReason.SECURITY, RejectReason.PARTY_WISH)
"""Rejections that forbid the pair for good; the other reasons only say that it did not fit then."""


@dataclass(frozen=True, order=True, slots=True)
class Exclusion:
    """A party that is out of a run: its side, its official code, and the rule that keeps it out."""

    side: str
    code: str
    rule: str


@dataclass(frozen=True, slots=True)
class Axes:
    """The order of themes (live ones, by slug) and oblasts (by code) that both sides of a run share."""

    themes: tuple[str, ...]
    oblasts: tuple[str, ...]
    theme_index: dict[str, int]
    oblast_index: dict[str, int]
    oblast_of_iso: dict[str, int]


def read_axes() -> Axes:
    """Read the axes; 2 queries."""
    themes = tuple(Theme.objects.live().order_by("slug").values_list("slug", flat=True))
    oblasts = list(Oblast.objects.order_by("code").values_list("code", "iso"))
    return Axes(
        themes=themes,
        oblasts=tuple(code for code, _iso in oblasts),
        theme_index={slug: k for k, slug in enumerate(themes)},
        oblast_index={code: k for k, (code, _iso) in enumerate(oblasts)},
        oblast_of_iso={iso: k for k, (_code, iso) in enumerate(oblasts)},
    )


@dataclass(frozen=True, slots=True)
class Ties:
    """Who is, was or must not be partner with whom, by (municipality id, hromada id),
    and how many places are taken.

    `locked` are the pairs KS always wants, by official codes.
    """

    partners: frozenset[tuple[int, int]]
    declined: frozenset[tuple[int, int]]
    forbidden: frozenset[tuple[int, int]]
    locked: frozenset[tuple[str, str]]
    taken_by_municipality: Counter[int]
    taken_by_hromada: Counter[int]


def read_ties(as_of: date) -> Ties:
    """Read agreements, rejections and KS's rules about pairs that hold on `as_of`; 4 queries.

    Every agreement that has not ended takes a place on both sides (S-08); one with several Norwegian parties
    takes one place of the hromada.
    """
    open_parties = list(
        AgreementParty.objects.filter(is_open=True).values_list(
            "agreement_id", "municipality_id", "hromada_id"
        )
    )
    declined = AgreementParty.objects.filter(
        agreement__state=AgreementState.ENDED, agreement__end_reason__in=DECLINED
    ).values_list("municipality_id", "hromada_id")
    forbidden = Decision.objects.filter(
        verdict=Verdict.REJECT, reason_code__in=FORBIDDING, proposal__state=ProposalState.REJECTED
    ).values_list("proposal__response__municipality_id", "proposal__candidate__hromada_id")
    ruled = PairRule.objects.in_force(as_of).values_list(
        "kind", "municipality_id", "hromada_id", "municipality__number", "hromada__katottg"
    )
    never = {(row[1], row[2]) for row in ruled if row[0] == PairRuleKind.FORBID}
    return Ties(
        partners=frozenset((municipality, hromada) for _agreement, municipality, hromada in open_parties),
        declined=frozenset(declined),
        forbidden=frozenset(forbidden) | never,
        locked=frozenset((row[3], row[4]) for row in ruled if row[0] == PairRuleKind.LOCK),
        taken_by_municipality=Counter(municipality for _agreement, municipality, _hromada in open_parties),
        taken_by_hromada=Counter(
            hromada for _agreement, hromada in {(row[0], row[2]) for row in open_parties}
        ),
    )


def language_mask(codes: Any) -> int:
    """Return the bit mask over the engine's `LANGUAGES`; a language it does not know counts for nothing."""
    return sum(1 << LANGUAGES.index(code) for code in set(codes or ()) if code in LANGUAGES)


def months_between(ready_at: datetime | None, as_of: date) -> int:
    """Return whole months from the day a party became ready until `as_of`, never below 0."""
    if ready_at is None:
        return 0
    months = (as_of.year - ready_at.year) * 12 + as_of.month - ready_at.month
    return max(0, months - (as_of.day < ready_at.day))


def excluded(side: Side, code: str, rule: str) -> Exclusion:
    """Return an exclusion with plain text codes."""
    return Exclusion(side.value, code, rule)
