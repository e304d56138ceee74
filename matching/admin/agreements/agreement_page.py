"""What one agreement's page shows: where it stands, what comes next, dated facts, mails and history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from post_office.models import STATUS

from kommunesamarbeid.core.history import Edition, editions_of
from kommunesamarbeid.core.languages import label_of
from kommunesamarbeid.core.mail.letters import mail_name
from kommunesamarbeid.core.models import MailRecord, Organisation
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.visibility import reads_words_of
from matching.admin.proposals.decision_page import undo_of
from matching.agreements import introductions
from matching.agreements.milestone_rules import MILESTONES, may_record
from matching.agreements.steps import is_dormant, renewal_due, steps_of
from matching.choices import MilestoneKind, Precision, Reply, Side
from matching.models import Agreement, IntroductionReply, Milestone, PublicationConsent
from matching.reports import publicity
from matching.states import AgreementState
from municipalities.admin.registers.labels import signature

A = AgreementState
NOT_ENDED = tuple(state for state in A if state != A.ENDED)
MAIL_STATES = {STATUS.sent: gettext_lazy("sent"), STATUS.failed: gettext_lazy("could not be delivered")}


def agreement_context(agreement: Agreement, reader: Actor, now: datetime) -> dict[str, Any]:
    """Return what the agreement's page shows to this reader."""
    milestones = {milestone.kind: milestone for milestone in agreement.milestones.all()}
    consents = list(agreement.consents.all())
    facts = publicity.agreements_on(localdate(now)).filter(pk=agreement.pk).first()
    return {
        "agreement": agreement,
        "parties": sorted(agreement.parties.all(), key=lambda party: not party.is_lead),
        "next_step": _next_step(agreement, set(milestones)),
        "adopted_and_signed": facts is not None and publicity.is_adopted_and_signed(facts),
        "publicity": [] if facts is None else publicity.conditions(facts),
        "milestones": [_milestone(kind, milestones.get(kind), reader) for kind in MilestoneKind],
        "consents": [_consent(row, reader) for row in consents],
        "missing_sides": _missing_sides(consents),
        "mails": list(_mails(agreement)),
        "history": [_edition(edition, reader) for edition in editions_of(agreement)],
        "steps": list(steps_of(agreement, today=localdate(now))),
        "is_dormant": is_dormant(agreement, localdate(now)),
        "renewal_due": renewal_due(agreement, localdate(now)),
        "replies": [_reply(row, reader) for row in agreement.replies.select_related("recorded_by")],
        # Told to whoever can mend it: KS either side, AUC the Ukrainian one.
        "unreached": [
            side
            for side in introductions.unreached(agreement)
            if reader.may(May.KEEP_AGREEMENTS) or side == Side.UKRAINIAN
        ],
        "reports": list(agreement.reported.filter(settled_at__isnull=True))
        if reader.may(May.KEEP_AGREEMENTS)
        else [],
        "sheets": [
            (reverse("admin:matching_agreement_profile", args=[agreement.pk, side.value]), side.label)
            for side in Side
        ],
        "undo": undo_of(agreement, reader, now),
        "reads_texts": reads_words_of(Organisation.KS, reader),
    }


def pair_name(agreement: Agreement) -> str:
    """Return the parties as a heading: Bodø ↔ Poltava."""
    lead_first = sorted(agreement.parties.all(), key=lambda party: not party.is_lead)
    return f"{', '.join(party.municipality.name for party in lead_first)} ↔ {agreement.hromada.name}"


def milestone_kinds(reader: Actor) -> list[str]:
    """Return the milestones this reader may record: KS all, AUC the Ukrainian ones."""
    return [rule.kind.value for rule in MILESTONES.values() if may_record(reader, rule.side)]


def reply_sides(reader: Actor) -> list[str]:
    """Return the sides whose answer this reader may record: KS both, AUC the Ukrainian one."""
    return [side.value for side in Side if may_record(reader, side)]


def consent_sides(agreement: Agreement, reader: Actor) -> list[str]:
    """Return the sides whose consent is missing and that this reader may record."""
    missing = _missing_sides(agreement.consents.all())
    return [side.value for side in missing if may_record(reader, side)]


class Fact(NamedTuple):
    """One milestone as a row: reached or not, and the address that records or corrects it."""

    label: str
    on: str
    milestone: Milestone | None
    may_record: bool
    kind: str


def _milestone(kind: MilestoneKind, milestone: Milestone | None, reader: Actor) -> Fact:
    may = may_record(reader, MILESTONES[kind].side)
    on = "" if milestone is None else as_known(milestone.on, milestone.precision)
    return Fact(str(kind.label), on, milestone, may, kind.value)


def as_known(on: date, precision: str) -> str:
    """Show a date as precisely as it is known: 2026, June 2026, or the day."""
    if precision == Precision.YEAR:
        return str(on.year)
    return (
        f"{MONTHS[on.month]} {on.year}"
        if precision == Precision.MONTH
        else date_format(on, "SHORT_DATE_FORMAT")
    )


def as_typed(on: date, precision: str) -> str:
    """Show a date as a form takes it: 2026, 06.2026 or 12.06.2026."""
    return on.strftime({Precision.YEAR: "%Y", Precision.MONTH: "%m.%Y"}.get(Precision(precision), "%d.%m.%Y"))


def _next_step(agreement: Agreement, reached: set[str]) -> str:
    """Say what the partnership waits for."""
    if agreement.state == A.IN_PROCESS:
        course = [rule for rule in MILESTONES.values() if rule.waited_for]
        missing = [str(rule.waited_for) for rule in course if rule.kind not in reached]
        return missing[0] if missing else _("Move the partnership to signed")
    return {
        A.OPENED: _("Both sides are told when the time for undoing is over"),
        A.INTRODUCED: _("Answers from both sides: do they wish to co-operate?"),
        A.MUTUAL: _("The first meeting; then both councils prepare their decisions"),
        A.SIGNED: _("Registration in Ukraine, and the first activities"),
        A.ACTIVE: _("Follow-up at least once a year"),
        A.SUSPENDED: _("Find out whether the partnership can go on"),
    }.get(A(agreement.state), "")


def _missing_sides(consents: Any) -> list[Side]:
    consented = {consent.side for consent in consents if consent.withdrawn_at is None}
    return [side for side in Side if side not in consented]


def _consent(row: PublicationConsent, reader: Actor) -> dict[str, Any]:
    may = may_record(reader, row.side)
    return {
        "row": row,
        "side": Side(row.side).label,
        "recorded": signature(row.recorded_by, reader),
        "may_withdraw": may and row.withdrawn_at is None,
    }


def _reply(row: IntroductionReply, reader: Actor) -> dict[str, Any]:
    """An answer to the introduction; the reason is read by KS, and by AUC for the Ukrainian side."""
    may_read = reader.is_of_ks or row.side == Side.UKRAINIAN
    return {
        "at": row.replied_at,
        "side": Side(row.side).label,
        "reply": Reply(row.reply).label,
        "reason": row.reason if may_read else "",
        "who": signature(row.recorded_by, reader) if row.recorded_by is not None else _("by its own link"),
    }


def _mails(agreement: Agreement) -> Iterator[dict[str, Any]]:
    """Yield what was told, by kind of recipient: never a name or an address."""
    for row in (
        MailRecord.objects.filter(case_reference=agreement.reference).select_related("email").order_by("id")
    ):
        status = STATUS.sent if row.email is None else row.email.status
        state = _("taken back") if row.cancelled_at else MAIL_STATES.get(status, _("waits"))
        yield {
            "what": mail_name(row.template),
            "language": label_of(row.language),
            "after": row.send_after,
            "state": state,
        }


def _edition(edition: Edition, reader: Actor) -> dict[str, Any]:
    """One line of the history: the state it came to; the reason stays with KS."""
    states = [after for field, _before, after in edition.changes if field.name == "state"]
    return {
        "at": edition.at,
        "who": signature(edition.by, reader),
        "what": A(states[0]).label if states else _("Opened") if edition.is_first else _("Details changed"),
        "reason": edition.reason if reads_words_of(Organisation.KS, reader) else "",
    }
