"""KS rules once, with a reason, that a pair is never or always proposed;
runs obey until the date or until it is lifted.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.refusals import ReasonMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require
from matching.choices import PairRuleKind
from matching.models import PairRule
from municipalities.models import Hromada, Municipality


class DateGone(Refused):
    """A rule that ends has its end ahead of it."""

    message = _("This date has passed.")
    field = "until"


class AlreadyRuled(Refused):
    """There is a rule about this pair; it is lifted before another is made."""

    message = _("There is a rule for this pair already. Lift it first.")


class AlreadyLifted(Refused):
    """Somebody else lifted it first."""

    message = _("This rule has been lifted already.")


@transaction.atomic
def make_rule(
    *,
    kind: PairRuleKind,
    municipality: Municipality,
    hromada: Hromada,
    reason: str,
    by: Actor,
    at: datetime,
    until: date | None = None,
) -> PairRule:
    """Forbid or lock a pair for the runs to come; those computed already stay as they are.

    Raises NotAllowed, ReasonMissing, DateGone, AlreadyRuled.
    """
    require(by, May.START_RUNS)
    assert by.id is not None, "a rule is a person's"
    if not reason.strip():
        raise ReasonMissing
    if until is not None and until < at.date():
        raise DateGone
    # The lock on the municipality lines up two people who rule on the same pair at once.
    Municipality.objects.select_for_update().get(pk=municipality.pk)
    if PairRule.objects.filter(municipality=municipality, hromada=hromada, lifted_at__isnull=True).exists():
        raise AlreadyRuled
    rule = PairRule.objects.create(
        kind=kind,
        municipality=municipality,
        hromada=hromada,
        reason=reason.strip(),
        until=until,
        made_at=at,
        made_by_id=by.id,
    )
    facts = {
        "kind": kind,
        "municipality": municipality.number,
        "hromada": hromada.katottg,
        "until": until and until.isoformat(),
    }
    record("pairrule.made", rule, by=by, at=at, reason=reason.strip(), data=facts)
    return rule


@transaction.atomic
def lift_rule(*, rule: PairRule, by: Actor, at: datetime, reason: str) -> None:
    """End a rule; the row stays. Raises NotAllowed, ReasonMissing, AlreadyLifted."""
    require(by, May.START_RUNS)
    if not reason.strip():
        raise ReasonMissing
    now = PairRule.objects.select_for_update().get(pk=rule.pk)
    if now.lifted_at is not None:
        raise AlreadyLifted
    rule.lifted_at, rule.lifted_by_id = at, by.id
    rule.save(update_fields=["lifted_at", "lifted_by"])
    record("pairrule.lifted", rule, by=by, at=at, reason=reason.strip())
