"""Who of an introduced pair can be reached: each recipient, the mails that came out,
and the sides that none of them reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from post_office.models import STATUS

from kommunesamarbeid.core.mail.outbox import Recipient
from kommunesamarbeid.core.models import MailRecord
from matching.agreements.agreements import mail_plan
from matching.choices import Side
from matching.models import Agreement

# AUC's editors speak for a hromada: what reaches them reaches the Ukrainian side.
SIDE_OF_TEMPLATE = {
    "introduction": Side.NORWEGIAN,
    "introduction_hromada": Side.UKRAINIAN,
    "introduction_auc": Side.UKRAINIAN,
}
REMINDERS = {
    "introduction": "introduction_reminder", "introduction_hromada": "introduction_hromada_reminder",
    "introduction_auc": "introduction_auc_reminder",
}  # fmt: skip
UNREACHED = {Side.NORWEGIAN: "introduction_unreached_no", Side.UKRAINIAN: "introduction_unreached_ua"}
BETWEEN_REMINDERS = timedelta(days=2)
# A mail that does not come out is tried for some eight hours; after that, and for whoever is added later,
# once a week.
BETWEEN_TRIES = timedelta(days=7)
SURELY_TRIED = timedelta(days=1)


@dataclass(frozen=True)
class Way:
    """One recipient of an introduction and the mails of the case to it, the oldest first;
    those taken back are left out.
    """

    template: str
    to: Recipient
    mails: tuple[MailRecord, ...]

    @property
    def side(self) -> Side:
        """Whose way it is."""
        return SIDE_OF_TEMPLATE[self.template]

    @property
    def came_out(self) -> tuple[MailRecord, ...]:
        """The mails since the last one that could not be delivered, the latest first;
        none when that was the last.
        """
        return tuple(takewhile(_came_out, reversed(self.mails)))

    @property
    def since(self) -> datetime | None:
        """Since when mails have come out; None when the recipient cannot be reached."""
        return self.came_out[-1].send_after if self.came_out else None

    @property
    def is_reminded(self) -> bool:
        """Whether one of the mails that came out was a reminder."""
        return any(mail.template == REMINDERS[self.template] for mail in self.came_out)

    def is_quiet(self, *, at: datetime) -> bool:
        """Whether nothing was sent a moment ago."""
        return not self.mails or self.mails[-1].send_after <= at - BETWEEN_REMINDERS

    def next_letter(self, *, at: datetime, after_days: Sequence[int]) -> str | None:
        """Return what is to be sent now: the introduction to whoever was not reached,
        else a reminder for each of `after_days`.
        """
        if self.since is None:
            is_due = not self.mails or self.mails[-1].send_after <= at - BETWEEN_TRIES
            return self.template if is_due else None
        passed = sum(at >= self.since + timedelta(days=days) for days in after_days)
        return REMINDERS[self.template] if len(self.came_out) <= passed and self.is_quiet(at=at) else None


def ways_to(agreement: Agreement, sides: Iterable[Side] = tuple(Side)) -> list[Way]:
    """Return the ways to the sides of an introduced pair. Needs `proposal`; 6 queries at most."""
    assert agreement.proposal is not None
    sent = MailRecord.objects.filter(
        case_reference=agreement.reference, cancelled_at__isnull=True
    ).select_related("email")
    mails = list(sent.order_by("queued_at", "id"))
    return [
        Way(template, to, tuple(mail for mail in mails if _is_to(mail, template, to)))
        for template, to in mail_plan(agreement.proposal)
        if SIDE_OF_TEMPLATE[template] in set(sides)
    ]


def unreached_sides(sides: Iterable[Side], ways: Iterable[Way]) -> list[Side]:
    """Return which of the sides has no way that is open."""
    reached = {way.side for way in ways if way.since is not None}
    return [side for side in sides if side not in reached]


def asked_since(ways: Iterable[Way]) -> datetime | None:
    """Return since when somebody has been asked by a mail that came out; None when nobody has."""
    return min((way.since for way in ways if way.since is not None), default=None)


def is_silent(ways: Sequence[Way], *, at: datetime, days: int) -> bool:
    """Whether somebody was reached so long ago, reminded,
    and everybody who was reached has had time after the last mail.
    """
    reached = [way for way in ways if way.since is not None]
    over = [
        way
        for way in reached
        if way.is_reminded and way.since is not None and way.since <= at - timedelta(days=days)
    ]
    return bool(over) and all(way.is_quiet(at=at) for way in reached)


def _is_to(mail: MailRecord, template: str, to: Recipient) -> bool:
    return (mail.recipient_kind, mail.recipient_id) == (to.kind, to.id) and mail.template in {
        template,
        REMINDERS[template],
    }


def _came_out(mail: MailRecord) -> bool:
    """Whether a mail was sent or still waits to be; a row that was cleaned up, after 30 days,
    does not tell any more.
    """
    return mail.email is not None and mail.email.status != STATUS.failed
