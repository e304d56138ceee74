"""How pairs are weighed is a numbered, reasoned scheme: drafted and tried by one person,
put in force by another.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.lifecycle import NotAStep, transition
from kommunesamarbeid.core.refusals import ReasonMissing, Refused, SamePerson
from kommunesamarbeid.core.roles import SYSTEM, Actor, May, require
from matching.choices import Objective, SchemeState
from matching.engine.scores.criteria import DEFAULT_WEIGHTS, FeatureError, Weights
from matching.models import Scheme

FIRST_REASON = "The weights, tables and rules the scheme starts with."


class NoSchemeInForce(Refused):
    """No scheme is in force."""


class WrongWeights(Refused):
    """The weights are not steps of 100 that sum to 10,000 with at least 1,000 for themes;
    the text says which.
    """


@dataclass(frozen=True, kw_only=True)
class SchemeValues:
    """What a scheme says: criterion → points, and limits (None = no limit)."""

    weights: dict[str, int] = field(default_factory=DEFAULT_WEIGHTS.as_dict)
    threshold: int = 0
    objective: str = Objective.PARTNERSHIPS
    oblast_at_most: int | None = None
    county_at_most: int | None = None
    war_zone_at_least: int | None = None
    war_zone_share_permille: int | None = None
    total_at_most: int | None = None
    leximin_band: int = 250
    seed: int = 1


def current_scheme() -> Scheme:
    """Return the scheme in force.

    Raises NoSchemeInForce.
    """
    scheme = Scheme.objects.filter(state=SchemeState.PUBLISHED).first()
    if scheme is None:
        raise NoSchemeInForce
    return scheme


@transaction.atomic
def ensure_default_scheme(*, at: datetime) -> Scheme:
    """Make version 1, with the engine's own weights, in force when there is no scheme at all;
    return the one in force.
    """
    if not Scheme.objects.exists():
        scheme = Scheme.objects.create(
            version=1,
            state=SchemeState.PUBLISHED,
            reason=FIRST_REASON,
            drafted_at=at,
            drafted_by=None,
            **asdict(SchemeValues()),
        )
        record("scheme.published", scheme, by=SYSTEM, at=at, reason=FIRST_REASON, data={"version": 1})
    return current_scheme()


@transaction.atomic
def draft_scheme(*, values: SchemeValues, reason: str, by: Actor, at: datetime) -> Scheme:
    """Write a new version as a draft; runs may try it, none may be published on it.

    Raises NotAllowed, ReasonMissing, WrongWeights.
    """
    require(by, May.DRAFT_SCHEME)
    if not reason.strip():
        raise ReasonMissing
    try:
        Weights.of(values.weights)
    except FeatureError as error:
        raise WrongWeights(message=str(error)) from None
    # The lock on the scheme in force lines up two people who draft at once, so both get a number of their
    # own.
    Scheme.objects.select_for_update().filter(state=SchemeState.PUBLISHED).first()
    last = Scheme.objects.order_by("-version").values_list("version", flat=True).first() or 0
    scheme = Scheme.objects.create(
        version=last + 1,
        state=SchemeState.DRAFT,
        reason=reason.strip(),
        drafted_at=at,
        drafted_by_id=by.id,
        **asdict(values),
    )
    record(
        "scheme.drafted",
        scheme,
        by=by,
        at=at,
        reason=reason.strip(),
        data={"version": scheme.version, **asdict(values)},
    )
    return scheme


@transaction.atomic
def publish_scheme(*, scheme: Scheme, by: Actor, at: datetime, reason: str) -> None:
    """Put a draft in force and retire the one before it, in the same moment.

    Raises NotAllowed, SamePerson, ReasonMissing, NotAStep, StaleState.
    """
    require(by, May.PUBLISH_SCHEME)
    if scheme.drafted_by_id is not None and scheme.drafted_by_id == by.id:
        raise SamePerson(
            message=_("Whoever drafted a version does not put it in force: another person does.")
        )
    if not reason.strip():
        raise ReasonMissing
    previous = Scheme.objects.filter(state=SchemeState.PUBLISHED).exclude(pk=scheme.pk).first()
    if previous is not None and scheme.state == SchemeState.DRAFT:
        transition(previous, SchemeState.RETIRED, by=by, at=at, reason=reason.strip())
    transition(
        scheme,
        SchemeState.PUBLISHED,
        by=by,
        at=at,
        reason=reason.strip(),
        changes={"published_at": at, "published_by_id": by.id},
    )


@transaction.atomic
def drop_draft(*, scheme: Scheme, by: Actor, at: datetime) -> None:
    """Retire a draft that will not be put in force.

    Raises NotAllowed, NotAStep for the one in force, StaleState.
    """
    require(by, May.DRAFT_SCHEME)
    if scheme.state == SchemeState.PUBLISHED:
        raise NotAStep(scheme, scheme.state, SchemeState.RETIRED)  # only by its successor
    transition(scheme, SchemeState.RETIRED, by=by, at=at)
