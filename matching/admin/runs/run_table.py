"""The result of a run as a table, filtered by the address, fifty pairs a page with reasons and prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.roles import Actor, May
from matching import wording
from matching.choices import Side
from matching.models import Alternative, MatchRun, Proposal
from matching.states import RunState
from municipalities.choices import Category
from municipalities.models import Need, Oblast

PAIRS_PER_PAGE = 50
HIGHEST = 10_000
PARTIES = (
    "response__municipality__number", "response__municipality__name", "response__municipality__county__name",
    "candidate__hromada__katottg", "candidate__hromada__centre_uk", "candidate__hromada__centre_en",
    "candidate__hromada__oblast__code", "candidate__hromada__oblast__name_uk", "candidate__hromada__oblast__name_en",
)  # fmt: skip
SHOWN = ("points", "state", "breakdown", "ban_price", "run_id", "assessment__category", *PARTIES)
"""What a row reads: the whole rows of nine tables would be three times as slow."""


@dataclass(frozen=True)
class PairRow:
    """One line of the result table."""

    proposal: Proposal
    municipality: str
    hromada: str
    category: str
    reasons: list[str]
    weakest: str
    next_best: Alternative | None
    next_best_name: str
    answered_on: date
    needs_confirmed_on: date | None
    is_new: bool
    url: str
    what_if: str


@dataclass(frozen=True)
class Spread:
    """How many pairs a county, oblast or category has."""

    name: str
    count: int


class PairFilter(forms.Form):
    """What of a run's pairs is shown; blank shows all."""

    county = forms.ChoiceField(label=_("County"), required=False)
    oblast = forms.ChoiceField(label=_("Oblast"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    theme = forms.ChoiceField(label=_("Shared theme"), required=False)
    lowest = forms.IntegerField(label=_("Score from"), min_value=0, max_value=HIGHEST, required=False)
    highest = forms.IntegerField(label=_("Score to"), min_value=0, max_value=HIGHEST, required=False)
    changed = forms.BooleanField(label=_("Only pairs the run before did not have"), required=False)

    def __init__(self, data: Any, counties: Any, oblasts: Any, *, has_previous: bool) -> None:
        super().__init__(data)
        themes = sorted(wording.theme_names().items(), key=lambda theme: theme[1])
        categories = [(value, label) for value, label in Category.choices if value != Category.UNDETERMINED]
        for name, choices in (
            ("county", counties),
            ("oblast", oblasts),
            ("category", categories),
            ("theme", themes),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("All")), *choices]
        if not has_previous:
            del self.fields["changed"]


def spreads(run: MatchRun) -> tuple[dict[str, list[Spread]], list[tuple[str, str]], list[tuple[str, str]]]:
    """Return pairs per county, oblast and category, and the counties and oblasts that occur, as choices.

    2 queries.
    """
    county, oblast, category = (
        "response__municipality__county",
        "candidate__hromada__oblast",
        "assessment__category",
    )
    grouped = run.proposals.order_by().values_list(
        f"{county}__number", f"{county}__name", f"{oblast}__code", category
    )
    oblast_names = {oblast.code: str(oblast) for oblast in Oblast.objects.all()}
    counties: dict[str, str] = {}
    oblasts: dict[str, str] = {}
    counts: dict[str, Counter[str]] = {"county": Counter(), "oblast": Counter(), "category": Counter()}
    for number, name, code, kind, count in grouped.annotate(count=Count("pk")):
        counties[number], oblasts[code] = name, oblast_names[code]
        for what, label in (
            ("county", name),
            ("oblast", oblast_names[code]),
            ("category", str(Category(kind).label)),
        ):
            counts[what][label] += count
    ranked = {
        what: [
            Spread(label, count)
            for label, count in sorted(counter.items(), key=lambda pair: (-pair[1], pair[0]))
        ]
        for what, counter in counts.items()
    }
    return (
        ranked,
        sorted(counties.items(), key=lambda item: item[1]),
        sorted(oblasts.items(), key=lambda item: item[1]),
    )


def previous_run(run: MatchRun) -> MatchRun | None:
    """Return the run before this one that came to a plan; 1 query."""
    earlier = MatchRun.objects.filter(pk__lt=run.pk, state__in=[RunState.COMPUTED, RunState.PUBLISHED])
    return earlier.only("id", "state").order_by("-pk").first()


def pairs_of(run: MatchRun) -> set[tuple[int, int]]:
    """Return a run's pairs as (municipality id, hromada id); 1 query."""
    return set(run.proposals.order_by().values_list("response__municipality_id", "candidate__hromada_id"))


def pair_rows(
    run: MatchRun, actor: Actor, data: QueryDict, form: PairFilter, before: set[tuple[int, int]] | None
) -> Page[Any]:
    """Return a page of result rows, the strongest pairs first; 3 queries, 1 more with a theme."""
    pairs = filtered(run, form.cleaned_data if form.is_valid() else {}, before)
    ids = pairs.order_by("-points", "id").values_list("pk", flat=True)
    page: Page[Any] = Paginator(ids, PAIRS_PER_PAGE).get_page(data.get("page", "1"))
    ids_here = list(page.object_list)
    current = (
        Need.objects.filter(candidate=OuterRef("candidate"))
        .current()
        .order_by("confirmed_on")
        .values("confirmed_on")[:1]
    )
    shown = (
        Proposal.objects.filter(pk__in=ids_here)
        .select_related("response__municipality__county", "candidate__hromada__oblast", "assessment")
        .only(*SHOWN)
        .annotate(answered_at=F("version__submitted_at"), confirmed_on=Subquery(current))
        .order_by("-points", "id")
    )
    next_best = cheapest(ids_here)
    may = actor.may(May.START_RUNS) and run.inputs_kept
    page.object_list = [_row(run, pair, next_best.get(pair.pk), before, may) for pair in shown]
    return page


def filtered(
    run: MatchRun, wanted: Mapping[str, Any], before: set[tuple[int, int]] | None
) -> QuerySet[Proposal]:
    """Return the pairs that the filter asks for."""
    pairs: QuerySet[Proposal] = run.proposals.all()
    exact = {
        "response__municipality__county__number": wanted.get("county"),
        "candidate__hromada__oblast__code": wanted.get("oblast"),
        "assessment__category": wanted.get("category"),
        "points__gte": wanted.get("lowest"),
        "points__lte": wanted.get("highest"),
    }
    pairs = pairs.filter(**{name: value for name, value in exact.items() if value not in {None, ""}})
    if wanted.get("theme"):
        # Themes stand inside JSON, which SQLite and PostgreSQL search differently; the filter is rare and a
        # run is small.
        stored = pairs.order_by().values_list("pk", "breakdown")
        pairs = pairs.filter(pk__in=[pk for pk, breakdown in stored if wanted["theme"] in _themes(breakdown)])
    if wanted.get("changed") and before is not None:
        parties = pairs.order_by().values_list("pk", "response__municipality_id", "candidate__hromada_id")
        pairs = pairs.filter(
            pk__in=[pk for pk, municipality, hromada in parties if (municipality, hromada) not in before]
        )
    return pairs


def _themes(breakdown: Sequence[Mapping[str, Any]]) -> set[str]:
    return {
        entry["theme"]
        for criterion in breakdown
        if criterion["code"] == "theme"
        for entry in criterion["row"]
    }


def cheapest(proposals: Iterable[int]) -> dict[int, Alternative]:
    """Return each proposal's alternative that would cost the plan least, from either side; 1 query."""
    by_proposal: dict[int, Alternative] = {}
    others = Alternative.objects.filter(proposal__in=proposals, rank=1).select_related(
        "response__municipality__county", "candidate__hromada__oblast"
    )
    for other in others.only("proposal_id", "side", "price", *PARTIES).order_by("price", "side", "id"):
        by_proposal.setdefault(other.proposal_id, other)
    return by_proposal


def other_party(alternative: Alternative) -> str:
    """Return the party an alternative would bring instead."""
    if alternative.side == Side.NORWEGIAN:
        return alternative.candidate.hromada.place
    return alternative.response.municipality.place


def _row(
    run: MatchRun, pair: Any, next_best: Alternative | None, before: set[tuple[int, int]] | None, may: bool
) -> PairRow:
    municipality, hromada = pair.response.municipality, pair.candidate.hromada
    codes = f"row={municipality.number}&column={hromada.katottg}"
    return PairRow(
        proposal=pair,
        municipality=municipality.place,
        hromada=hromada.place,
        category=pair.assessment.get_category_display(),
        reasons=wording.reasons(pair.breakdown),
        weakest=wording.weakest_point(pair.breakdown),
        next_best=next_best,
        next_best_name=other_party(next_best) if next_best else "",
        answered_on=localtime(pair.answered_at).date(),
        needs_confirmed_on=pair.confirmed_on,
        is_new=before is not None and (municipality.pk, hromada.pk) not in before,
        url=reverse("admin:matching_proposal_change", args=[pair.pk])
        if run.state == RunState.PUBLISHED
        else "",
        what_if=f"{reverse('admin:matching_matchrun_whatif', args=[run.pk])}?{codes}" if may else "",
    )
