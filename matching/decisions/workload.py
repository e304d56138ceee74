"""What waits for whom, and where the whole stands: counted for the desk's front page, never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from post_office.models import STATUS

from kommunesamarbeid.core.models import MailRecord
from kommunesamarbeid.core.roles import Actor, May
from matching.agreements import REMINDERS, SIDE_OF_TEMPLATE, UNREACHED
from matching.choices import DecisionKind, MilestoneKind, Origin, Verdict
from matching.decisions.decisions import POWERS
from matching.models import (
    Agreement,
    AgreementParty,
    Decision,
    DueDate,
    Inquiry,
    IntroductionReply,
    Milestone,
    Proposal,
    ReportedDecision,
)
from matching.states import MUTUAL_OR_LATER, UNDECIDED, AgreementState, ProposalState, RunState
from municipalities.choices import Urgency
from municipalities.models import Candidate, Need, Oblast, Offer, Response, ResponseVersion, Theme
from municipalities.states import CandidateState, ResponseState

NEED_OLD: Final = timedelta(days=90)
WAITED_LONG: Final = timedelta(days=60)
GAPS_SHOWN: Final = 5
STRONGEST_FIRST: Final = ("-run_id", "-points", "id")
A = AgreementState


@dataclass(frozen=True)
class Counted:
    """Something counted: a stable code, its name, and the number."""

    code: str
    label: str | Promise
    number: int


@dataclass(frozen=True)
class Gap:
    """One theme: candidates that need it, how many of them urgently, municipalities that offer it,
    and the difference.
    """

    theme: str
    needed: int
    urgent: int
    offered: int

    @property
    def missing(self) -> int:
        """How many more need it than offer it."""
        return self.needed - self.offered


# --- proposals ------------------------------------------------------------------------------------------


def under_review() -> QuerySet[Proposal]:
    """Return the undecided proposals of published runs."""
    return Proposal.objects.filter(run__state=RunState.PUBLISHED, state__in=UNDECIDED)


def with_staleness(proposals: QuerySet[Proposal]) -> QuerySet[Any]:
    """Annotate `stale`: a need or an answer has changed after the proposal was computed or made."""
    since = Coalesce(OuterRef("made_at"), OuterRef("run__finished_at"))
    newer = ResponseVersion.objects.filter(
        response=OuterRef("response"), number__gt=OuterRef("version__number")
    )
    changed = Need.objects.filter(candidate=OuterRef("candidate"), updated_at__gt=since)
    return proposals.annotate(stale=Exists(newer) | Exists(changed))


def needs_changed(proposal: Proposal) -> bool:
    """Whether a need has changed after the proposal was computed or made, as `with_staleness` says it of many."""
    since = proposal.made_at or proposal.run.finished_at
    return since is not None and proposal.candidate.needs.filter(updated_at__gt=since).exists()


def waiting_for(actor: Actor, required: Iterable[str]) -> QuerySet[Proposal]:
    """Return the proposals on which this person can give an approval now, the strongest first."""
    approved = Decision.objects.filter(proposal=OuterRef("pk"), verdict=Verdict.APPROVE)
    lacking = Q(pk__in=[])
    for kind in map(DecisionKind, required):
        if not actor.may(POWERS[kind]):
            continue
        open_kind = Q(~Exists(approved.filter(kind=kind)))
        if kind == DecisionKind.KS_SECOND:
            open_kind &= Q(Exists(approved.filter(kind=DecisionKind.KS_FIRST)))
        lacking |= open_kind
    proposals = under_review().filter(state=ProposalState.PROPOSED).filter(lacking)
    return proposals.exclude(Exists(approved.filter(decided_by=actor.id))).order_by(*STRONGEST_FIRST)


def waiting_for_second(actor: Actor, required: Iterable[str]) -> QuerySet[Proposal]:
    """Return the proposals that have KS's first approval and lack another one that is asked for."""
    approved = Decision.objects.filter(proposal=OuterRef("pk"), verdict=Verdict.APPROVE)
    approved_once = under_review().filter(Exists(approved.filter(kind=DecisionKind.KS_FIRST)))
    lacking = Q(pk__in=[])
    for kind in required:
        lacking |= Q(~Exists(approved.filter(kind=kind)))
    return approved_once.filter(lacking).order_by(*STRONGEST_FIRST)


def _own_cases(actor: Actor, _required: Iterable[str]) -> QuerySet[Proposal]:
    return under_review().filter(assigned_to=actor.id).order_by(*STRONGEST_FIRST)


def _stale(_actor: Actor, _required: Iterable[str]) -> QuerySet[Proposal]:
    return with_staleness(under_review()).filter(stale=True).order_by(*STRONGEST_FIRST)


QUEUES: Final[Mapping[str, Callable[[Actor, Iterable[str]], QuerySet[Proposal]]]] = {
    "to_approve": waiting_for,
    "second": waiting_for_second,
    "mine": _own_cases,
    "stale": _stale,
}
"""The queues of proposals by code: what the front page counts is what one is led through."""


# --- the reader's own work ----------------------------------------------------------------------------------


def my_work(actor: Actor, *, at: datetime, required: Iterable[str]) -> list[Counted]:
    """Return what waits for this person's organisation, as counts in the order of the day."""
    today, kinds = localdate(at), list(required)
    counts: list[tuple[str, str | Promise, QuerySet[Any]]] = []

    def add(code: str, label: str | Promise, rows: QuerySet[Any]) -> None:
        counts.append((code, label, rows))

    def add_queue(code: str, label: str | Promise) -> None:
        add(code, label, QUEUES[code](actor, kinds))

    if actor.may(May.READ_RESPONSES):
        add("answers", _("New answers to read"), Response.objects.filter(state=ResponseState.SUBMITTED))
    if any(actor.may(POWERS[DecisionKind(kind)]) for kind in kinds):
        add_queue("to_approve", _("Proposals you can approve"))
    if len(kinds) > 1:
        add_queue("second", _("Waiting for the other approval"))
    if actor.may(May.APPROVE_FIRST):
        add_queue("mine", _("Cases that are yours"))
        add("unreached", _("Introductions that reach nobody on one side"), unreached())
        add(
            "reported",
            _("Council decisions to confirm"),
            ReportedDecision.objects.filter(settled_at__isnull=True),
        )
    add("asked", _("Questions to AUC without an answer"), Inquiry.objects.filter(answered_at__isnull=True))
    add_queue("stale", _("Proposals whose data have changed"))
    add("overdue", _("Follow-up that is overdue"), overdue(today))
    add(
        "old_needs",
        _("Needs confirmed more than 90 days ago"),
        Need.objects.current().filter(confirmed_on__lt=today - NEED_OLD),
    )
    if actor.may(May.READ_RESPONSES):
        long = Response.objects.filter(state=ResponseState.READY, ready_at__lt=at - WAITED_LONG)
        add("waited", _("Municipalities that have waited more than 60 days"), long)
    numbers = _numbers({code: rows for code, _label, rows in counts})
    return [Counted(code, label, numbers.get(code, 0)) for code, label, _rows in counts]


def _numbers(queries: dict[str, QuerySet[Any]]) -> dict[str, int]:
    """Return how many rows each query has, in one statement."""
    counts = [
        rows.order_by()
        .annotate(counted=Value(code))
        .values("counted")
        .annotate(n=Count("pk"))
        .values_list("counted", "n")
        for code, rows in queries.items()
    ]
    return dict(counts[0].union(*counts[1:], all=True))


def unreached() -> QuerySet[Agreement]:
    """Return the introduced pairs of which KS was told that a side cannot be reached,
    and where that side is still silent.
    """
    lacking = Q(pk__in=[])
    for side, template in UNREACHED.items():
        notices = MailRecord.objects.filter(case_reference=OuterRef("reference"), template=template)
        letters = [
            template_name
            for first, of in SIDE_OF_TEMPLATE.items()
            if of == side
            for template_name in (first, REMINDERS[first])
        ]
        later = MailRecord.objects.filter(
            case_reference=OuterRef("reference"),
            template__in=letters,
            cancelled_at__isnull=True,
            email__isnull=False,
            queued_at__gt=Subquery(
                MailRecord.objects.filter(
                    case_reference=OuterRef("case_reference"), template=template
                ).values("queued_at")[:1]
            ),
        ).exclude(email__status=STATUS.failed)
        answered = IntroductionReply.objects.filter(agreement=OuterRef("pk"), side=side)
        lacking |= Q(Exists(notices)) & ~Q(Exists(later)) & ~Q(Exists(answered))
    return Agreement.objects.filter(lacking, state=A.INTRODUCED)


def overdue(today: date) -> QuerySet[DueDate]:
    """Return the due dates that have passed without their milestone, of agreements that have not ended."""
    reached = Milestone.objects.filter(agreement=OuterRef("agreement"), kind=OuterRef("kind"))
    return DueDate.objects.exclude(agreement__state=A.ENDED).filter(~Exists(reached), due_on__lt=today)


# --- where the whole stands ---------------------------------------------------------------------------------


def funnel() -> list[Counted]:
    """Return how many municipalities ever reached each state (B-01); 3 queries.

    Reported partnerships are not in it.
    """
    responses = Response.objects.aggregate(
        interested=Count("municipality", distinct=True, filter=Q(submitted_at__isnull=False)),
        ready=Count("municipality", distinct=True, filter=Q(ready_at__isnull=False)),
        proposed=Count("municipality", distinct=True, filter=Q(proposals__run__state=RunState.PUBLISHED)),
    )
    parties = AgreementParty.objects.exclude(agreement__origin=Origin.REPORTED)
    reached = parties.aggregate(
        approved=Count("municipality", distinct=True),
        mutual=Count("municipality", distinct=True, filter=Q(agreement__state__in=MUTUAL_OR_LATER)),
        active=Count("municipality", distinct=True, filter=Q(agreement__state=A.ACTIVE)),
    )
    kinds = (
        parties.values_list("agreement__milestones__kind")
        .annotate(n=Count("municipality", distinct=True))
        .order_by()
    )
    dated = {kind: n for kind, n in kinds if kind}
    steps = (
        ("interested", _("Registered interest"), responses["interested"]),
        ("ready", _("Ready for matching"), responses["ready"]),
        ("proposed", _("Proposed a partner"), responses["proposed"]),
        ("approved", _("Approved"), reached["approved"]),
        ("mutual", _("Both parties wish to co-operate"), reached["mutual"]),
        ("no_decision", MilestoneKind.NO_DECISION.label, dated.get(MilestoneKind.NO_DECISION, 0)),
        (
            "ua_clearance",
            MilestoneKind.UA_CLEARANCE_GIVEN.label,
            dated.get(MilestoneKind.UA_CLEARANCE_GIVEN, 0),
        ),
        ("ua_decision", MilestoneKind.UA_DECISION.label, dated.get(MilestoneKind.UA_DECISION, 0)),
        ("signed", MilestoneKind.SIGNATURE.label, dated.get(MilestoneKind.SIGNATURE, 0)),
        ("registered", MilestoneKind.UA_REGISTRATION.label, dated.get(MilestoneKind.UA_REGISTRATION, 0)),
        ("active", _("Active partnership"), reached["active"]),
    )
    return [Counted(code, label, number) for code, label, number in steps]


def theme_gaps(today: date, limit: int = GAPS_SHOWN) -> list[Gap]:
    """Return the themes that more candidates need than municipalities offer, the widest gap first (B-05);
    3 queries.
    """
    valid = Need.objects.current().valid_on(today).order_by()
    needs = {
        theme: (needed, urgent)
        for theme, needed, urgent in valid.values_list("theme").annotate(
            needed=Count("candidate", distinct=True),
            urgent=Count("candidate", distinct=True, filter=Q(urgency=Urgency.CRITICAL)),
        )
    }
    last = (
        ResponseVersion.objects.filter(response=OuterRef("version__response"))
        .order_by("-number")
        .values("pk")[:1]
    )
    living = (
        Offer.objects.filter(version=Subquery(last))
        .exclude(version__response__state=ResponseState.WITHDRAWN)
        .order_by()
    )
    offers = dict(
        living.values_list("theme").annotate(n=Count("version__response__municipality", distinct=True))
    )
    gaps = [
        Gap(theme.name, *needs[theme.pk], offers.get(theme.pk, 0))
        for theme in Theme.objects.live()
        if theme.pk in needs
    ]
    wide = [gap for gap in gaps if gap.missing > 0]
    return sorted(wide, key=lambda gap: (-gap.missing, -gap.urgent, gap.theme))[:limit]


def oblasts_without_partner() -> list[tuple[str, int]]:
    """Return the oblasts with ready candidates and no partnership,
    with how many candidates wait there (B-06); 1 query.
    """
    living = Agreement.objects.filter(hromada__oblast=OuterRef("pk")).exclude(state=A.ENDED)
    waiting = Count("hromadas__candidate", filter=Q(hromadas__candidate__state=CandidateState.READY))
    rows = (
        Oblast.objects.annotate(waiting=waiting)
        .filter(~Exists(living), waiting__gt=0)
        .order_by("-waiting", "code")
    )
    return [(str(oblast), oblast.waiting) for oblast in rows]


def is_empty() -> bool:
    """Whether the portal has nothing to work with yet; 1 query when it has."""
    return not (Response.objects.exists() or Candidate.objects.exists())
