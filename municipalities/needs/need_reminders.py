"""AUC's editors are told once a week how many hromadas wait, and at once when one takes back a consent: links
and numbers only.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kommunesamarbeid.core import languages
from kommunesamarbeid.core.accounts.staff import holders
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails
from kommunesamarbeid.core.models import MailRecord, User
from kommunesamarbeid.core.roles import SYSTEM, May
from municipalities.models import Suggestion
from municipalities.needs.waiting_hromadas import waiting_candidates


def week_of(at: datetime) -> str:
    """Return the ISO week as a case reference: one per week, whatever the day."""
    year, week, _day = timezone.localdate(at).isocalendar()
    return f"needs-{year}-W{week:02}"


def _editors(users: QuerySet[User]) -> list[Recipient]:
    return [
        Recipient("user", user.pk, user.email, languages.choose_from(languages.AUC, user.language))
        for user in users
    ]


def tell_of_refusal(*, suggestion: Suggestion, at: datetime) -> None:
    """Mail every editor at once that a hromada agrees to less than before: it must not wait for the weekly
    mail.
    """
    letters = [("consent_waiting", recipient) for recipient in _editors(holders(May.EDIT_NEEDS))]
    if letters:
        context = {"candidate": suggestion.candidate_id}
        queue_mails(letters, case_reference=f"said-{suggestion.pk}", at=at, context=context)


@transaction.atomic
def remind(*, at: datetime) -> int:
    """Mail this week's number to each editor who has not had it, when anybody waits; return how many mails.

    May be called as often as one likes: the week's mail is sent once to each.
    """
    waiting = waiting_candidates(timezone.localdate(at)).count()
    if not waiting:
        return 0
    reference = week_of(at)
    # The lock keeps two callers apart: the second finds the first one's records.
    recipients = _editors(holders(May.EDIT_NEEDS).select_for_update(of=("self",)))
    reminded_ids = set(
        MailRecord.objects.filter(case_reference=reference).values_list("recipient_id", flat=True)
    )
    letters = [("needs_waiting", recipient) for recipient in recipients if recipient.id not in reminded_ids]
    if letters:
        records = queue_mails(letters, case_reference=reference, at=at, context={"count": waiting})
        record(
            "needs.reminded", records[0], by=SYSTEM, at=at, data={"waiting": waiting, "editors": len(letters)}
        )
    return len(letters)
