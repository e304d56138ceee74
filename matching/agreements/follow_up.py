"""Follow-up of an agreement: due dates with reminders,
and the council decisions that municipalities report and KS confirms.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts import staff
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails
from kommunesamarbeid.core.refusals import InFuture, Refused, SourceMissing
from kommunesamarbeid.core.roles import SYSTEM, Actor, May, NotAllowed, require
from matching.agreements.milestone_rules import MILESTONES, powers_over
from matching.agreements.milestones import (
    KNOWN_FROM,
    ONLY_WHAT_HAPPENED,
    first_day,
    record_milestone,
)
from matching.choices import MilestoneKind, Precision, Side
from matching.models import Agreement, DueDate, Milestone, ReportedDecision
from matching.states import MUTUAL_OR_LATER, AgreementState
from municipalities.access import recipient_of
from municipalities.choices import LinkRight
from municipalities.models import ContactPerson

AHEAD = timedelta(days=14)


class NotNow(Refused):
    """The partnership is not so far, or has ended."""

    message = _(
        "A council decision is reported when both sides have said yes, and before the partnership ends."
    )


class ReportedAlready(Refused):
    """One report waits for KS already, or the decision is recorded."""

    message = _("The decision is recorded already, or waits for KS.")


class SettledAlready(Refused):
    """KS has dealt with this report."""

    message = _("This report has been dealt with already.")


@transaction.atomic
def set_due(*, agreement: Agreement, kind: str, due_on: date, by: Actor, at: datetime) -> DueDate:
    """Set by when a milestone is wished for: KS all, AUC the Ukrainian ones. Raises NotAllowed or NotNow."""
    require(by, *powers_over(MILESTONES[MilestoneKind(kind)].side))
    if agreement.state == AgreementState.ENDED:
        raise NotNow
    values = {"due_on": due_on, "set_at": at, "set_by_id": by.id, "reminded_at": None}
    due, _made = DueDate.objects.update_or_create(
        agreement=agreement, kind=MilestoneKind(kind), defaults=values
    )
    record("agreement.due_set", agreement, by=by, at=at, data={"kind": kind, "due_on": due_on.isoformat()})
    return due


@transaction.atomic
def remind_of_due(*, at: datetime) -> int:
    """Remind of each due date once, 14 days before: the responsible side's contact or AUC,
    and the case owner.

    Safe to repeat.
    """
    today = localdate(at)
    reached = Milestone.objects.filter(agreement=OuterRef("agreement"), kind=OuterRef("kind"))
    soon = DueDate.objects.filter(~Exists(reached), due_on__lte=today + AHEAD, reminded_at__isnull=True)
    # Under lock: of two workers at once the second finds nothing left to remind of.
    due_dates = (
        soon.exclude(agreement__state=AgreementState.ENDED)
        .select_for_update(of=("self",))
        .select_related(
            "agreement__proposal__response__contact__municipality",
            "agreement__proposal__assigned_to",
            "set_by",
        )
    )
    for due in due_dates:
        letters = _letters(due)
        if letters:
            queue_mails(
                letters,
                case_reference=due.agreement.reference,
                at=at,
                context={"agreement": due.agreement_id},
            )
        DueDate.objects.filter(pk=due.pk).update(reminded_at=at)
        record(
            "agreement.due_reminded",
            due.agreement,
            by=SYSTEM,
            at=at,
            data={"kind": due.kind, "mails": len(letters)},
        )
    return len(due_dates)


def _letters(due: DueDate) -> list[tuple[str, Recipient]]:
    proposal = due.agreement.proposal
    owner = proposal.assigned_to if proposal is not None and proposal.assigned_to is not None else due.set_by
    letters = [("step_due_staff", Recipient.of(owner))]
    if MILESTONES[due.kind].side == Side.UKRAINIAN:
        editors = staff.holders(May.KEEP_UKRAINIAN_STEPS).exclude(pk=owner.pk)
        return letters + [("step_due_staff", Recipient.of(editor)) for editor in editors]
    contact = proposal.response.contact if proposal is not None else None
    if contact is not None and contact.email and contact.erased_at is None:
        letters.append(("step_due", recipient_of(contact)))
    return letters


@transaction.atomic
def report_decision(
    *,
    agreement: Agreement,
    on: date,
    precision: str = Precision.DAY,
    case_number: str = "",
    source: str,
    by: Actor,
    at: datetime,
) -> ReportedDecision:
    """A municipality reports its own council's decision; KS confirms it.

    Raises NotAllowed, NotNow, InFuture, ReportedAlready.
    """
    living = ContactPerson.objects.filter(pk=by.id or 0, erased_at__isnull=True, access_ended_at__isnull=True)
    person = living.exclude(right=LinkRight.EDIT).first() if by.kind == "contact" else None
    if person is None or not agreement.parties.filter(municipality=person.municipality_id).exists():
        raise NotAllowed(May.KEEP_AGREEMENTS)
    locked = Agreement.objects.select_for_update().get(pk=agreement.pk)
    # Before both sides have said yes there is no council decision to report.
    if locked.state not in MUTUAL_OR_LATER:
        raise NotNow
    on = first_day(on, precision)
    if on > localdate(at):
        raise InFuture(message=ONLY_WHAT_HAPPENED)
    if not source.strip():
        raise SourceMissing(message=KNOWN_FROM)
    waiting = locked.reported.filter(settled_at__isnull=True).exists()
    if waiting or locked.milestones.filter(kind=MilestoneKind.NO_DECISION).exists():
        raise ReportedAlready
    report = ReportedDecision.objects.create(
        agreement=locked,
        on=on,
        precision=precision,
        case_number=case_number.strip(),
        source=source.strip(),
        reported_at=at,
        contact=person,
    )
    record(
        "agreement.decision_reported",
        locked,
        by=by,
        at=at,
        data={"on": on.isoformat(), "precision": precision},
    )
    return report


@transaction.atomic
def settle_report(*, report: ReportedDecision, confirm: bool, by: Actor, at: datetime) -> None:
    """KS confirms a report, which makes it a milestone, or leaves it.

    Raises NotAllowed, SettledAlready, or as record_milestone.
    """
    require(by, May.KEEP_AGREEMENTS)
    open_ones = ReportedDecision.objects.filter(pk=report.pk, settled_at__isnull=True)
    if open_ones.update(settled_at=at, settled_by_id=by.id, is_confirmed=confirm) != 1:
        raise SettledAlready
    if confirm:
        record_milestone(
            agreement=report.agreement,
            kind=MilestoneKind.NO_DECISION,
            on=report.on,
            precision=report.precision,
            source=report.source,
            case_number=report.case_number,
            by=by,
            at=at,
        )
    record(
        "agreement.report_settled",
        report.agreement,
        by=by,
        at=at,
        data={"report": report.pk, "confirmed": confirm},
    )
