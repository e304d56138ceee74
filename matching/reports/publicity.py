"""What the public may see of an agreement is decided here and nowhere else (V-06): both sides' consents, the
candidate's public consent, a confirmed category outside the war zone. All else is a count per oblast.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from matching.choices import MilestoneKind, Side
from matching.models import Agreement, AgreementParty, Milestone, PublicationConsent
from matching.states import AgreementState
from municipalities.choices import Category, ConsentScope
from municipalities.models import (
    CategoryAssessment,
    Consent,
    HromadaStatus,
    OfficialListEdition,
)


class OnTheDay(TypedDict):
    """What `agreements_on` adds to each agreement."""

    category: str | None
    scope: str | None
    no_consent: bool
    ua_consent: bool
    listed: bool
    decided: bool
    signed_on: date | None


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    Known = WithAnnotations[Agreement, OnTheDay]
else:
    Known = Agreement


def is_public(agreement: Known) -> bool:
    """Whether all the conditions hold for showing an agreement by name."""
    return all(holds for _label, holds in conditions(agreement))


def conditions(agreement: Known) -> list[tuple[str | Promise, bool]]:
    """Return each condition for being shown by name on the public page, and whether it holds."""
    return [
        (_("Consent of the Norwegian side"), agreement.no_consent),
        (_("Consent of the Ukrainian side"), agreement.ua_consent),
        (_("The candidate has agreed to be listed publicly"), agreement.scope == ConsentScope.PUBLIC),
        (_("Confirmed as outside the war zone"), agreement.category == Category.OUTSIDE),
        (_("The parties are introduced"), agreement.state != AgreementState.OPENED),
    ]


def is_adopted_and_signed(agreement: Any) -> bool:
    """A dated council decision and a dated signature, not ended; of a row that `with_dated_steps` annotated."""
    return bool(agreement.decided and agreement.signed_on is not None and agreement.ended_at is None)


def is_hidden_by_category(agreement: Known) -> bool:
    """The Ukrainian side is in the war zone or its category is not confirmed: counted per oblast only."""
    return agreement.category != Category.OUTSIDE


def has_page(agreement: Agreement) -> bool:
    """Everybody can read of the partnership at its source; a letter is not public."""
    return agreement.source.startswith(("https://", "http://"))


def is_reported_openly(agreement: Known) -> bool:
    """A reported pair is repeated by name only
    when neither a confirmed category nor the official list speaks against it.
    """
    if agreement.category == Category.OUTSIDE:
        return True
    return agreement.category is None and not agreement.listed


def agreements_on(day: date) -> QuerySet[Known]:
    """Return agreements that have not ended, with what the public rules ask for on that day. Two queries.

    Annotates `category` and `scope` (None: none in force), `no_consent`, `ua_consent`, `listed` (open on the
    official list), `decided` and `signed_on`.
    """
    agreements = (
        Agreement.objects.exclude(state=AgreementState.ENDED)
        .filter(opened_at__date__lte=day)
        .select_related("hromada__oblast")
        .prefetch_related(Prefetch("parties", AgreementParty.objects.select_related("municipality__county")))
        .annotate(
            category=Subquery(CategoryAssessment.objects.category_of("hromada__candidate", day)),
            scope=Subquery(_scope("hromada__candidate", day)),
            no_consent=Exists(_consents(Side.NORWEGIAN)),
            ua_consent=Exists(_consents(Side.UKRAINIAN)),
            listed=Exists(_listed()),
        )
        .order_by("hromada__oblast__code", "hromada__katottg", "reference")
    )
    return with_dated_steps(agreements)


def with_dated_steps(agreements: QuerySet[Agreement]) -> QuerySet[Any]:
    """Annotate `decided` by the Norwegian council, and `signed_on`: None without a signature."""
    return agreements.annotate(
        decided=Exists(_milestone(MilestoneKind.NO_DECISION)),
        signed_on=Subquery(_milestone(MilestoneKind.SIGNATURE).values("on")[:1]),
    )


def _scope(candidate: str, day: date) -> QuerySet[Consent, object]:
    """The consent of the candidate of the outer row, as `candidates.consents_on`: the last word,
    if it has not run out.
    """
    later = Consent.objects.filter(candidate=OuterRef("candidate"), given_on__lte=day).filter(
        Q(given_on__gt=OuterRef("given_on")) | Q(given_on=OuterRef("given_on"), pk__gt=OuterRef("pk"))
    )
    consents = Consent.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=day), candidate=OuterRef(candidate), given_on__lte=day
    )
    return consents.exclude(Exists(later)).values("scope")[:1]


def _consents(side: Side) -> QuerySet[PublicationConsent]:
    return PublicationConsent.objects.filter(agreement=OuterRef("pk"), side=side, withdrawn_at__isnull=True)


def _listed() -> QuerySet[HromadaStatus]:
    newest = OfficialListEdition.objects.order_by("-edition_on").values("pk")[:1]
    return HromadaStatus.objects.filter(hromada=OuterRef("hromada"), edition=Subquery(newest)).exclude(
        whole="", part=""
    )


def _milestone(kind: MilestoneKind) -> QuerySet[Milestone]:
    return Milestone.objects.filter(agreement=OuterRef("pk"), kind=kind)
