"""Figures and public lists are read from the rows, each with its definition; nothing here writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, F, Subquery, Value
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.visibility import Level, present
from matching.choices import Origin
from matching.models import Agreement, Proposal
from matching.reports.publicity import (
    Known,
    agreements_on,
    has_page,
    is_adopted_and_signed,
    is_hidden_by_category,
    is_public,
    is_reported_openly,
)
from matching.states import AgreementState, ProposalState, RunState
from municipalities.choices import Category
from municipalities.models import (
    Candidate,
    CategoryAssessment,
    Hromada,
    Municipality,
    Need,
    Response,
)
from municipalities.states import ResponseState

SMALL = 3
"""Counts of 1 and 2 are shown as "1–2": alone in its oblast, a place could be recognised."""


@dataclass(frozen=True)
class Figure:
    """One count: a stable code, its name, the number, what exactly is counted,
    and the parts it falls into.
    """

    code: str
    label: str | Promise
    value: int
    definition: str | Promise
    parts: tuple[tuple[str | Promise, int], ...] = ()


@dataclass(frozen=True)
class PublicAgreement:
    """What the public sees of one agreement; there is no other field to leak."""

    municipality: str
    county: str
    hromada: str
    oblast: str
    oblast_iso: str
    themes: tuple[str, ...]
    year: int | None
    is_fictional: bool


@dataclass(frozen=True)
class ReportedPartnership:
    """A partnership that others have written about: the two places and where it can be read."""

    municipality: str
    county: str
    hromada: str
    oblast: str
    year: int | None
    source: str


@dataclass(frozen=True)
class OblastCount:
    """How many partnerships of an oblast are not shown by name; `shown` is the number or "1–2"."""

    oblast: str
    iso: str
    shown: str


@dataclass(frozen=True)
class Figures:
    """Everything on the public page, as of one moment."""

    as_of: datetime
    rows: tuple[Figure, ...]
    agreements: tuple[PublicAgreement, ...]
    oblasts: tuple[OblastCount, ...]
    reported: tuple[ReportedPartnership, ...]
    reported_unnamed: int
    has_fictional: bool = field(default=False)

    def value(self, code: str) -> int:
        """Return one figure by code; KeyError when there is none."""
        return {row.code: row.value for row in self.rows}[code]


def figures(*, as_of: datetime) -> Figures:
    """Return the public figures and lists; 4 queries at any size."""
    day = localdate(as_of)
    counts = _counts(day)
    agreements = list(agreements_on(day))
    ours = [agreement for agreement in agreements if agreement.origin != Origin.REPORTED]
    reported = [
        agreement for agreement in agreements if agreement.origin == Origin.REPORTED and has_page(agreement)
    ]
    named = [agreement for agreement in ours if is_public(agreement)]
    reported_named = [agreement for agreement in reported if is_reported_openly(agreement)]
    return Figures(
        as_of=as_of,
        rows=_rows(counts, ours, reported),
        agreements=_public_rows(named),
        oblasts=_oblast_rows(agreement for agreement in ours if is_hidden_by_category(agreement)),
        reported=tuple(_reported_row(agreement) for agreement in reported_named),
        reported_unnamed=len(reported) - len(reported_named),
        has_fictional=any(agreement.is_fictional for agreement in ours) or bool(counts["fictional", ""]),
    )


def _counts(day: date) -> Counter[tuple[str, str]]:
    """Return every count that is not of agreements, by (what, part), in one query."""
    interested = (
        Response.objects.filter(submitted_at__isnull=False)
        .exclude(state=ResponseState.WITHDRAWN)
        .order_by()
        .annotate(what=Value("interested"), part=Value(""))
        .values("what", "part")
        .annotate(n=Count("municipality", distinct=True))
    )
    candidates = (
        Candidate.objects.order_by()
        .annotate(what=Value("candidates"), part=Subquery(CategoryAssessment.objects.category_of("pk", day)))
        .values("what", "part")
        .annotate(n=Count("pk"))
    )
    fictional = (
        Candidate.objects.filter(is_fictional=True)
        .order_by()
        .annotate(what=Value("fictional"), part=Value(""))
        .values("what", "part")
        .annotate(n=Count("pk"))
    )
    proposals = (
        Proposal.objects.filter(run__state=RunState.PUBLISHED)
        .order_by()
        .annotate(what=Value("proposals"), part=F("state"))
        .values("what", "part")
        .annotate(n=Count("pk"))
    )
    columns = ("what", "part", "n")
    union = interested.values_list(*columns).union(
        *(rows.values_list(*columns) for rows in (candidates, fictional, proposals)), all=True
    )
    counts: Counter[tuple[str, str]] = Counter()
    for what, part, n in union:
        counts[what, part or Category.UNDETERMINED.value if what == "candidates" else part] += n
    return counts


def _rows(counts: Counter[tuple[str, str]], ours: list[Known], reported: list[Known]) -> tuple[Figure, ...]:
    categories = tuple((category.label, counts["candidates", category.value]) for category in Category)
    proposals = tuple((state.label, counts["proposals", state.value]) for state in ProposalState)
    states = Counter(agreement.state for agreement in ours)
    adopted = sum(map(is_adopted_and_signed, ours))
    return (
        Figure(
            "interested",
            _("Norwegian municipalities and counties that have registered interest"),
            counts["interested", ""],
            _("Parties with a submitted answer that has not been withdrawn."),
        ),
        Figure(
            "candidates",
            _("Ukrainian municipalities that wish for a partner"),
            sum(n for _label, n in categories),
            _(
                "Municipalities in AUC's pool. The category counts when KS and AUC both stand behind it on the day."
            ),
            categories,
        ),
        Figure(
            "proposals",
            _("Proposed pairs"),
            sum(n for _label, n in proposals),
            _("Pairs in runs that KS has published for review."),
            tuple(part for part in proposals if part[1]),
        ),
        Figure(
            "agreements",
            _("Partnerships"),
            len(ours),
            _(
                "Partnerships that KS and AUC have approved or that existed before and KS follows, and that have not ended."
            ),
            tuple((state.label, states[state.value]) for state in AgreementState if states[state.value]),
        ),
        Figure(
            "adopted_and_signed",
            _("Adopted and signed"),
            adopted,
            _(
                "Partnerships with a dated decision of the Norwegian council and a dated signature that have not ended."
            ),
        ),
        Figure(
            "reported",
            _("Partnerships reported by others"),
            len(reported),
            _(
                "Known to the portal only from public sources. Counted apart: nobody has confirmed that they are alive."
            ),
        ),
    )


def _public_rows(named: list[Known]) -> tuple[PublicAgreement, ...]:
    themes = _themes(named)
    return tuple(
        PublicAgreement(
            municipality=str(present(_party(agreement), Level.PUBLIC)["name"]),
            county=_party(agreement).county.name,
            hromada=_public_name(agreement.hromada),
            oblast=str(agreement.hromada.oblast),
            oblast_iso=agreement.hromada.oblast.iso,
            themes=themes.get(agreement.pk, ()),
            year=_year(agreement),
            is_fictional=agreement.is_fictional,
        )
        for agreement in named
    )


def _public_name(hromada: Hromada) -> str:
    """Return the settlement's name in the reader's letters, as far as the register is public."""
    return str(present(hromada, Level.PUBLIC)["centre_uk" if languages.is_ukrainian() else "centre_en"])


def _themes(named: list[Known]) -> dict[int, tuple[str, ...]]:
    """Return each agreement's themes: those the municipality offered
    and the candidate has opened to the public.

    One query.
    """
    language = languages.active()
    theme = "proposal__version__offers__theme"
    rows = (
        Agreement.objects.filter(
            **{
                "pk__in": [agreement.pk for agreement in named],
                f"{theme}__needs__candidate": F("proposal__candidate"),
                f"{theme}__needs__in": Need.objects.current().visible_to(Level.PUBLIC).order_by(),
            }
        )
        .order_by("pk", f"{theme}__position")
        .values_list("pk", f"{theme}__name_{language}")
        .distinct()
    )
    themes: dict[int, tuple[str, ...]] = {}
    for agreement, name in rows:
        themes[agreement] = (*themes.get(agreement, ()), name)
    return themes


def _oblast_rows(hidden: Iterable[Known]) -> tuple[OblastCount, ...]:
    hidden = [agreement for agreement in hidden if agreement.state != AgreementState.OPENED]
    counts = Counter(agreement.hromada.oblast for agreement in hidden)
    return tuple(
        OblastCount(str(oblast), oblast.iso, str(n) if n >= SMALL else "1–2")
        for oblast, n in sorted(counts.items(), key=lambda pair: pair[0].code)
    )


def _reported_row(agreement: Known) -> ReportedPartnership:
    party, hromada = _party(agreement), agreement.hromada
    return ReportedPartnership(
        party.name, party.county.name, hromada.name, str(hromada.oblast), _year(agreement), agreement.source
    )


def _party(agreement: Known) -> Municipality:
    return next(party.municipality for party in agreement.parties.all() if party.is_lead)


def _year(agreement: Known) -> int | None:
    """The year of the signature; of a pair that has not signed, the year of its introduction."""
    if agreement.signed_on is not None:
        return int(agreement.signed_on.year)
    return localdate(agreement.introduced_at).year if agreement.introduced_at else None
