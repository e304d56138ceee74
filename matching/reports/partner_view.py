"""What a party sees of its own partnerships behind its link: the partner as far as it may be seen,
its reply, and what is due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch, QuerySet
from django.utils.functional import Promise
from django.utils.timezone import localdate

from kommunesamarbeid.core.visibility import Level
from matching.agreements import Step, asked_since, replies_of, steps_of, ways_to
from matching.choices import MilestoneKind, Origin, Reply, Side
from matching.models import Agreement, AgreementParty, ReportedDecision
from matching.reports.profiles import Profile, agreement_profiles
from matching.states import AgreementState
from municipalities.access import Panel, Party
from municipalities.models import Municipality

A = AgreementState
# From `introduced` on the two have met; before that a party sees nothing, not even that somebody is proposed.
SEEN = (A.INTRODUCED, A.MUTUAL, A.IN_PROCESS, A.SIGNED, A.ACTIVE, A.SUSPENDED)


@dataclass(frozen=True)
class Partnership:
    """One partnership as one of its sides sees it."""

    agreement: Agreement
    side: Side
    partner: str
    reply: str
    asks: bool
    reply_by: datetime | None
    steps: tuple[Step, ...]
    may_report: bool

    @property
    def reply_label(self) -> str | Promise:
        """What this side replied, in words; blank when it has not."""
        return Reply(self.reply).label if self.reply else ""


def panels(*, party: Party, at: datetime) -> Iterator[Panel]:
    """Yield a party's partnerships for its own page; what waits for an answer is urgent."""
    for agreement in agreements_of(party):
        seen = seen_by(agreement, party, at=at)
        template = (
            "matching/panels/municipality.html"
            if seen.side == Side.NORWEGIAN
            else "matching/panels/hromada.html"
        )
        yield Panel(template, seen, urgent=seen.asks and not seen.reply)


def has_undisclosed_partner(municipality: Municipality) -> bool:
    """Whether a pair of the municipality is approved and not introduced: it can still be undone,
    and nobody has heard of it.
    """
    return AgreementParty.objects.filter(municipality=municipality, agreement__state=A.OPENED).exists()


def agreements_of(party: Party) -> QuerySet[Agreement]:
    """Return the agreements that a party may see: its own, introduced and not ended;
    never what is only reported of it. 4 queries.
    """
    rows = AgreementParty.objects.select_related("municipality__county").order_by("-is_lead", "id")
    open_report = ReportedDecision.objects.filter(settled_at__isnull=True)
    agreements = (
        Agreement.objects.filter(state__in=SEEN)
        .exclude(origin=Origin.REPORTED)
        .select_related("hromada__oblast", "proposal__response__contact__municipality", "proposal__candidate")
        .prefetch_related(
            Prefetch("parties", rows),
            "replies",
            "milestones",
            "due_dates",
            Prefetch("reported", open_report, to_attr="open_reports"),
        )
        .order_by("-opened_at", "-id")
    )
    if isinstance(party, Municipality):
        return agreements.filter(parties__municipality=party).distinct()
    return agreements.filter(hromada=party)


def side_of(party: Party) -> Side:
    """Return the side that a party stands on."""
    return Side.NORWEGIAN if isinstance(party, Municipality) else Side.UKRAINIAN


def seen_by(agreement: Agreement, party: Party, *, at: datetime) -> Partnership:
    """Return the agreement as one of its sides sees it; of the other side only what it is called."""
    side = side_of(party)
    is_norwegian = side == Side.NORWEGIAN
    names = ", ".join(row.municipality.place for row in agreement.parties.all())
    asks = agreement.state == A.INTRODUCED
    by = _reply_by(agreement, side) if asks else None
    steps = tuple(steps_of(agreement, today=localdate(at))) if agreement.state != A.INTRODUCED else ()
    reached = {milestone.kind for milestone in agreement.milestones.all()}
    waiting = bool(getattr(agreement, "open_reports", ()))
    may_report = is_norwegian and not asks and MilestoneKind.NO_DECISION not in reached and not waiting
    partner = agreement.hromada.place if is_norwegian else names
    return Partnership(
        agreement, side, partner, replies_of(agreement).get(side, ""), asks, by, steps, may_report
    )


def _reply_by(agreement: Agreement, side: Side) -> datetime | None:
    """Return when the offer lapses for this side, counted from when it was reached;
    None while no mail has come out.
    """
    if agreement.introduced_at is None or agreement.proposal is None:
        return None
    since = asked_since(ways_to(agreement, [side]))
    return (
        None
        if since is None
        else max(since, agreement.introduced_at) + timedelta(days=settings.INTRODUCTION_DAYS)
    )


def partner_profiles(agreement: Agreement, side: Side, *, at: datetime) -> list[Profile]:
    """Return the other side's sheets, as far as a partner may see them."""
    other = Side.UKRAINIAN if side == Side.NORWEGIAN else Side.NORWEGIAN
    return agreement_profiles(agreement, other, reach=Level.PARTNERS, on=localdate(at))
