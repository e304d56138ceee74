"""KS hears of submitted answers as each person has chosen: at once, once a day or never.

A reference or a number, and a link.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from kommunesamarbeid.core.accounts import staff
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mail, queue_mails
from kommunesamarbeid.core.models import ResponseMails, User
from kommunesamarbeid.core.roles import May
from municipalities.models import Response, ResponseVersion

MORNING = 7  # o'clock, where the portal is
# A submission is dated a moment before it is committed: what may still be under way is counted the next day.
SETTLED = timedelta(minutes=5)
DAY = timedelta(days=1)


def reviewers(choice: ResponseMails) -> QuerySet[User]:
    """Return who reviews answers and has chosen to hear of them so."""
    return staff.holders(May.REVIEW_RESPONSES).filter(response_mails=choice)


def tell_at_once(*, response: Response, at: datetime) -> None:
    """Mail a submission's reference to everybody who wants each at once."""
    letters = [("response_submitted", Recipient.of(user)) for user in reviewers(ResponseMails.AT_ONCE)]
    if letters:
        queue_mails(letters, case_reference=response.reference, at=at, context={"response": response.pk})


def send_digests(*, at: datetime) -> int:
    """Mail everybody who wants it so the number of answers since the last time, from the morning on.

    Return how many mails.

    May be called as often as one likes: each is told once a day.
    """
    if timezone.localtime(at).hour < MORNING:
        return 0
    return sum(send_digest(user=user, at=at) for user in reviewers(ResponseMails.DAILY))


@transaction.atomic
def send_digest(*, user: User, at: datetime) -> int:
    """Mail one person today's number, unless there is none or the day is done; return how many mails."""
    last_told_at, until = user.responses_told_at, at - SETTLED
    if last_told_at is not None and timezone.localdate(last_told_at) >= timezone.localdate(at):
        return 0
    # Compare-and-swap on what was read: of two workers at once only one goes on.
    recipient = User.objects.filter(
        pk=user.pk, response_mails=ResponseMails.DAILY, responses_told_at=last_told_at
    )
    if recipient.update(responses_told_at=until) != 1:
        return 0
    recent = ResponseVersion.objects.filter(
        submitted_at__gt=last_told_at or until - DAY, submitted_at__lte=until
    )
    count = recent.aggregate(found=Count("response", distinct=True))["found"]
    if not count:
        return 0
    queue_mail(
        "response_digest",
        to=Recipient.of(user),
        case_reference=f"responses-{timezone.localdate(at)}",
        at=at,
        context={"count": count},
        unsubscribe=reverse("admin:own_settings"),
    )
    return 1
