"""A round says when interest can be registered.

A response begun in time may be finished in the grace after it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.roles import Actor, May, require
from municipalities.models import Response, Round
from municipalities.states import ResponseState

GRACE = timedelta(minutes=30)


class RoundClosed(Exception):
    """The round is not open, or the response is already part of a partnership."""


def open_round(at: datetime) -> Round | None:
    """Return the round in which interest can be registered now, the latest when there are several."""
    still_open = Q(closes_at__isnull=True) | Q(closes_at__gt=at)
    return Round.objects.filter(still_open, opens_at__lte=at).order_by("-opens_at").first()


def accepts_changes(response: Response, *, at: datetime) -> bool:
    """Say whether the municipality may change the response now. Needs `round` selected."""
    if response.state in {ResponseState.MATCHED, ResponseState.WITHDRAWN}:
        return False
    if response.reopened_until is not None and at < response.reopened_until:
        return True  # KS opened this one again (F-23)
    closes = response.round.closes_at
    begun = closes is not None and response.started_at <= closes
    # KS asked: the answer is welcome after closing too.
    return (
        closes is None
        or at < closes + (GRACE if begun else timedelta())
        or response.state == ResponseState.AWAITING_INFO
    )


@transaction.atomic
def save_round(*, round: Round, by: Actor, at: datetime) -> Round:  # noqa: A002  # the domain's word
    """Save a round's name and dates. Raises NotAllowed."""
    require(by, May.OPEN_ROUNDS)
    round.save()
    dates = {
        "opens_at": round.opens_at.isoformat(),
        "closes_at": round.closes_at.isoformat() if round.closes_at else None,
    }
    record("round.kept", round, by=by, at=at, data=dates)
    return round
