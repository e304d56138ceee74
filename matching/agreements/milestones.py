"""The dated facts of an agreement: parallel milestones with precision and source,
and both sides' consents to publish.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.refusals import InFuture, Refused, SourceMissing
from kommunesamarbeid.core.roles import Actor, require
from matching.agreements.milestone_rules import MILESTONES, powers_over
from matching.choices import MilestoneKind, Precision
from matching.models import Agreement, Milestone, PublicationConsent
from matching.states import AgreementState

ONLY_WHAT_HAPPENED = _("The date has not come yet. Only what has happened is recorded.")
KNOWN_FROM = _("Say where this is known from: minutes, a letter, a web page.")


class AgreementOver(Refused):
    """The agreement has ended; its facts stand."""

    message = _("The agreement has ended. Its facts can no longer be changed.")


class OutOfOrder(Refused):
    """Two dates contradict each other."""

    message = _(
        "The date contradicts another one: clearance is sent before it is given, and registration follows the signature."
    )


class OfficeMissing(Refused):
    """A consent names the office that gave it, never a person."""

    message = _(
        "Name the office that gave the consent, for example «mayor». No name, e-mail address or phone number."
    )
    field = "given_by"


class ConsentInForce(Refused):
    """This side's consent is recorded already."""

    message = _("This side's consent is recorded already. Withdraw it before recording another.")


class ConsentWithdrawn(Refused):
    """The consent was withdrawn before."""

    message = _("This consent has been withdrawn already.")


@transaction.atomic
def record_milestone(
    *,
    agreement: Agreement,
    kind: str,
    on: date,
    precision: str = Precision.DAY,
    source: str,
    by: Actor,
    at: datetime,
    case_number: str = "",
) -> Milestone:
    """Record that a milestone was reached, or correct what was recorded; the history keeps both.

    `on` is cut to the first day of its month or year when the precision is coarser than a day.
    Raises NotAllowed, AgreementOver, InFuture, SourceMissing or OutOfOrder.
    """
    require(by, *powers_over(MILESTONES[MilestoneKind(kind)].side))
    _refuse_ended(agreement)
    on = first_day(on, precision)
    if on > localdate(at):
        raise InFuture(message=ONLY_WHAT_HAPPENED)
    if not source.strip():
        raise SourceMissing(message=KNOWN_FROM)
    _refuse_disorder(agreement, kind, on, precision)
    recorded = agreement.milestones.filter(kind=kind).first()
    milestone = recorded or Milestone(agreement=agreement, kind=MilestoneKind(kind))
    milestone.on, milestone.precision = on, precision
    milestone.source, milestone.case_number = source.strip(), case_number.strip()
    milestone.recorded_at, milestone.recorded_by_id = at, by.id if by.kind == "user" else None
    save_with_history(milestone, by=by, at=at)
    act = "agreement.milestone" if recorded is None else "agreement.milestone_corrected"
    record(act, agreement, by=by, at=at, data={"kind": kind, "on": on.isoformat(), "precision": precision})
    return milestone


@transaction.atomic
def give_consent(
    *, agreement: Agreement, side: str, given_on: date, given_by: str, by: Actor, at: datetime
) -> PublicationConsent:
    """Record that one side agrees to be named publicly; `given_by` is an office, never a person.

    Raises NotAllowed, AgreementOver, InFuture, OfficeMissing or ConsentInForce.
    """
    require(by, *powers_over(side))
    assert by.id is not None, "a consent is recorded by a person"
    _refuse_ended(agreement)
    if given_on > localdate(at):
        raise InFuture(message=ONLY_WHAT_HAPPENED)
    office = given_by.strip()
    if not office or "@" in office or sum(letter.isdigit() for letter in office) >= 8:
        raise OfficeMissing
    if agreement.consents.filter(side=side, withdrawn_at__isnull=True).exists():
        raise ConsentInForce
    consent = PublicationConsent.objects.create(
        agreement=agreement,
        side=side,
        given_on=given_on,
        given_by=office,
        recorded_at=at,
        recorded_by_id=by.id,
    )
    record(
        "agreement.consent_given",
        agreement,
        by=by,
        at=at,
        data={"side": side, "given_on": given_on.isoformat()},
    )
    return consent


@transaction.atomic
def withdraw_consent(*, consent: PublicationConsent, by: Actor, at: datetime) -> PublicationConsent:
    """Take one side's consent back; the agreement leaves the public page at once.

    Raises NotAllowed or ConsentWithdrawn.
    """
    require(by, *powers_over(consent.side))
    in_force = PublicationConsent.objects.filter(pk=consent.pk, withdrawn_at__isnull=True)
    if in_force.update(withdrawn_at=at, withdrawn_by_id=by.id) != 1:
        raise ConsentWithdrawn
    consent.withdrawn_at, consent.withdrawn_by_id = at, by.id
    record("agreement.consent_withdrawn", consent.agreement, by=by, at=at, data={"side": consent.side})
    return consent


def first_day(on: date, precision: str) -> date:
    """Return the first day of the year, month or day that the precision names."""
    if precision == Precision.YEAR:
        return on.replace(month=1, day=1)
    return on.replace(day=1) if precision == Precision.MONTH else on


def last_day(on: date, precision: str) -> date:
    """Return the last day of the year, month or day that the precision names."""
    if precision == Precision.YEAR:
        return on.replace(month=12, day=31)
    return on.replace(day=calendar.monthrange(on.year, on.month)[1]) if precision == Precision.MONTH else on


def _refuse_ended(agreement: Agreement) -> None:
    """Refuse under lock, so that an agreement that ends meanwhile is seen."""
    if Agreement.objects.select_for_update().get(pk=agreement.pk).state == AgreementState.ENDED:
        raise AgreementOver


def _refuse_disorder(agreement: Agreement, kind: str, on: date, precision: str) -> None:
    """Refuse a date that contradicts another even at its coarsest reading."""
    spans = {
        milestone.kind: (
            first_day(milestone.on, milestone.precision),
            last_day(milestone.on, milestone.precision),
        )
        for milestone in agreement.milestones.exclude(kind=kind)
    }
    spans[kind] = (first_day(on, precision), last_day(on, precision))
    for rule in MILESTONES.values():
        for earlier in rule.never_before:
            if kind not in {earlier, rule.kind} or not {earlier, rule.kind} <= spans.keys():
                continue
            if spans[rule.kind][1] < spans[earlier][0]:
                raise OutOfOrder
