"""Mail leaves the outbox once: each is claimed in the database and settled by itself, so that a killed
process repeats at most one.

On PostgreSQL the claim is the row's lock, which ends with the session that holds it; flushers of several
hosts pass over each other's. SQLite is served by one process, where a lock of that process is enough. A mail
server that cannot be reached costs no mail a try: all wait until it is back. A mail that the server will not
take is tried for some eight hours.
"""

from __future__ import annotations

import logging
import smtplib
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from post_office.models import STATUS, Email

from kommunesamarbeid.core.models import Heartbeat

log = logging.getLogger(__name__)

WAITING = (STATUS.queued, STATUS.requeued)
# Shorter than the time between two rounds, so that mail never holds two workers; the next round goes on.
ROUND_SECONDS = 15.0
LONGEST_WAIT = timedelta(minutes=30)
# More steps than a conversation with a mail server has, each as long as EMAIL_TIMEOUT.
STEPS_OF_A_SESSION = 20
STANDS_STILL_AFTER = timedelta(minutes=5)
SERVER_AWAY = "mail_server_away"
SERVER_AWAY_TOLD = timedelta(seconds=90)
# The server's answer to one mail; whatever else goes wrong with it goes wrong for all.
OWN_FAULTS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError)

_round = threading.Lock()


class Outcome(Enum):
    """What became of the next mail."""

    NONE_DUE = "none due"
    SENT = "sent"
    REFUSED = "refused"
    SERVER_AWAY = "server away"


@dataclass(frozen=True)
class Standing:
    """How it stands with the outbox: mails that are due and not sent, since when, refused ones, and whether
    the server fails.
    """

    due: int
    since: datetime | None
    refused: int
    server_away: bool
    at: datetime

    @property
    def seconds(self) -> int:
        """How long the oldest due mail has waited."""
        return int((self.at - self.since).total_seconds()) if self.since else 0

    @property
    def is_still(self) -> bool:
        """Whether mail waits that ought to have gone out."""
        return self.due > 0 and (self.server_away or timedelta(seconds=self.seconds) > STANDS_STILL_AFTER)


def send_due(*, at: datetime) -> int:
    """Send what is due, until all is sent, the round's time is over or the mail server fails.

    Return how many came out.
    """
    if not _round.acquire(blocking=False):
        return 0
    try:
        return _send_round(at)
    finally:
        _round.release()


def standing(*, at: datetime) -> Standing:
    """Return how it stands; one query."""
    # A mail may be due before it was written: one that was seeded, or whose undo window had passed.
    since = Greatest(Coalesce("scheduled_time", "created"), F("created"))
    failed = Heartbeat.objects.filter(name=SERVER_AWAY, at__gte=at - SERVER_AWAY_TOLD).values("at")
    counts = Email.objects.filter(status__in=WAITING).aggregate(
        due=Count("pk", filter=_is_due(at)),
        since=Min(since, filter=_is_due(at)),
        refused=Count("pk", filter=Q(status=STATUS.requeued) & ~_is_due(at)),
        failed_at=Max(Subquery(failed)),
    )
    return Standing(counts["due"], counts["since"], counts["refused"], counts["failed_at"] is not None, at)


def due_mails(*, at: datetime) -> QuerySet[Email]:
    """Return what is due, in the order in which it goes out."""
    mails: QuerySet[Email] = Email.objects.filter(_is_due(at), status__in=WAITING)
    return mails.order_by("-priority", "pk")


def _is_due(at: datetime) -> Q:
    return Q(scheduled_time=None) | Q(scheduled_time__lte=at)


def _send_round(at: datetime) -> int:
    sent, until, outcome = 0, time.monotonic() + ROUND_SECONDS, Outcome.REFUSED
    while outcome in (Outcome.SENT, Outcome.REFUSED) and time.monotonic() < until:
        outcome = _send_next(at)
        sent += outcome is Outcome.SENT
    if outcome is Outcome.SERVER_AWAY:
        Heartbeat.objects.update_or_create(name=SERVER_AWAY, defaults={"at": at})
    elif sent:
        Heartbeat.objects.filter(name=SERVER_AWAY).delete()
    return sent


def _send_next(at: datetime) -> Outcome:
    """Claim the next mail, send it, and settle it before anybody else may look at it."""
    # The claim ends first: a slow goodbye to the server must not keep a sent mail from being settled.
    with ExitStack() as after_claim, _claim():
        email = due_mails(at=at).select_for_update(skip_locked=True, no_key=True).first()
        if email is None:
            return Outcome.NONE_DUE
        try:
            server = _open_transport(after_claim)
        except Exception as fault:  # noqa: BLE001  # whatever it is, nothing of the mail has left, and it costs no try
            return _server_away(fault)
        try:
            email.dispatch(commit=False, disconnect_after_delivery=False, connection=server)
        except Exception as fault:  # noqa: BLE001  # one mail that cannot be sent must not keep back the others
            _put_back(email, fault, at)
            is_own = isinstance(fault, OWN_FAULTS) or not isinstance(fault, OSError)
            return Outcome.REFUSED if is_own else _server_away(fault)
        _settle(email, at, status=STATUS.sent)
        return Outcome.SENT


@contextmanager
def _claim() -> Iterator[None]:
    """Hold the transaction of a claim; none on SQLite, where it would keep everybody else from writing."""
    if not connection.features.has_select_for_update_skip_locked:
        yield
        return
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # A host that loses its power says no goodbye: the database ends its session, and the mail is free.
        cursor.execute(
            "SET LOCAL idle_in_transaction_session_timeout = %s",
            [f"{STEPS_OF_A_SESSION * settings.EMAIL_TIMEOUT}s"],
        )
        yield


def _open_transport(after_claim: ExitStack) -> Any:
    """Return an open connection of this mail alone: a kept one may have been closed by the server, unseen
    until it matters.
    """
    server = get_connection(settings.POST_OFFICE["BACKENDS"]["default"])
    after_claim.callback(_close, server)
    server.open()
    return server


def _close(server: Any) -> None:
    with suppress(OSError):
        server.close()


def _server_away(fault: Exception) -> Outcome:
    log.warning("mail.server_away", extra={"why": type(fault).__name__})
    return Outcome.SERVER_AWAY


def _put_back(email: Email, fault: Exception, at: datetime) -> None:
    """Have a mail tried again, later each time, or give it up after MAX_RETRIES."""
    tries = email.number_of_retries or 0
    log.warning("mail.not_sent", extra={"row": email.pk, "tries": tries + 1, "why": type(fault).__name__})
    if tries >= settings.POST_OFFICE["MAX_RETRIES"]:
        _settle(email, at, fault, status=STATUS.failed)
        return
    wait = min(settings.POST_OFFICE["RETRY_INTERVAL"] * 2 ** min(tries, 10), LONGEST_WAIT)
    _settle(email, at, fault, status=STATUS.requeued, number_of_retries=tries + 1, scheduled_time=at + wait)


def _settle(email: Email, at: datetime, fault: Exception | None = None, **state: Any) -> None:
    """Write what became of a mail, and for whoever asks why, what the server said.

    Nothing when it was taken back meanwhile.
    """
    if Email.objects.filter(pk=email.pk).update(**state, last_updated=at):
        log_entry = (
            {"message": str(fault), "exception_type": type(fault).__name__} if fault else {"message": ""}
        )
        email.logs.create(status=STATUS.failed if fault else STATUS.sent, **log_entry)
