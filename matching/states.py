"""The states of schemes, runs, proposals and agreements and the steps between them (S-03 to S-05)."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from matching.choices import SchemeState

SCHEME_TRANSITIONS: dict[str, frozenset[str]] = {
    SchemeState.DRAFT: frozenset({SchemeState.PUBLISHED, SchemeState.RETIRED}),
    SchemeState.PUBLISHED: frozenset({SchemeState.RETIRED}),
    SchemeState.RETIRED: frozenset(),
}


class RunState(TextChoices):
    """Where a match run stands."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    COMPUTED = "computed", _("Computed")
    FAILED = "failed", _("Failed")
    INTERRUPTED = "interrupted", _("Interrupted")
    CANCELLED = "cancelled", _("Cancelled")
    PUBLISHED = "published", _("Published for review")
    DISCARDED = "discarded", _("Discarded")


N = RunState
RUN_TRANSITIONS: dict[str, frozenset[str]] = {
    N.QUEUED: frozenset({N.RUNNING, N.CANCELLED}),
    N.RUNNING: frozenset({N.COMPUTED, N.FAILED, N.INTERRUPTED, N.CANCELLED}),
    # interrupted and failed runs can be started again; nothing of a half-done run is kept.
    N.INTERRUPTED: frozenset({N.QUEUED, N.DISCARDED}),
    N.FAILED: frozenset({N.QUEUED, N.DISCARDED}),
    N.CANCELLED: frozenset({N.DISCARDED}),
    N.COMPUTED: frozenset({N.PUBLISHED, N.DISCARDED}),
    # a published run is taken back as a whole: what nobody has decided is withdrawn with it (ADR 0023)
    N.PUBLISHED: frozenset({N.DISCARDED}),
    N.DISCARDED: frozenset(),
}


class JobState(TextChoices):
    """Where a computation beside a run stands: a what-if, or an analysis of a run's plan."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    COMPUTED = "computed", _("Computed")
    FAILED = "failed", _("Failed")


J = JobState
JOB_TRANSITIONS: dict[str, frozenset[str]] = {
    J.QUEUED: frozenset({J.RUNNING}),
    # a computation that lost its process is queued again by the sweep
    J.RUNNING: frozenset({J.COMPUTED, J.FAILED, J.QUEUED}),
    J.COMPUTED: frozenset(),
    J.FAILED: frozenset({J.QUEUED}),
}


class ProposalState(TextChoices):
    """Where a proposed pair stands."""

    PROPOSED = "proposed", _("Proposed")
    HELD = "held", _("On hold")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired undecided")


P = ProposalState
PROPOSAL_TRANSITIONS: dict[str, frozenset[str]] = {
    P.PROPOSED: frozenset({P.HELD, P.APPROVED, P.REJECTED, P.WITHDRAWN, P.EXPIRED}),
    P.HELD: frozenset({P.PROPOSED, P.APPROVED, P.REJECTED, P.WITHDRAWN, P.EXPIRED}),
    P.APPROVED: frozenset({P.WITHDRAWN}),
    P.REJECTED: frozenset(),
    P.WITHDRAWN: frozenset(),
    P.EXPIRED: frozenset(),
}
UNDECIDED = (P.PROPOSED, P.HELD)


class QuestionState(TextChoices):
    """Where a question about one pair of a run stands."""

    QUEUED = "queued", _("Waiting to be computed")
    RUNNING = "running", _("Being computed")
    ANSWERED = "answered", _("Answered")
    FAILED = "failed", _("Failed")


Q = QuestionState
QUESTION_TRANSITIONS: dict[str, frozenset[str]] = {
    Q.QUEUED: frozenset({Q.RUNNING}),
    # A question whose worker died is put in line again, as one that failed.
    Q.RUNNING: frozenset({Q.ANSWERED, Q.FAILED, Q.QUEUED}),
    Q.ANSWERED: frozenset(),
    Q.FAILED: frozenset({Q.QUEUED}),
}


class AgreementState(TextChoices):
    """Where a partnership stands; milestones are facts beside it."""

    OPENED = "opened", _("Approved, not introduced yet")
    INTRODUCED = "introduced", _("Introduced")
    MUTUAL = "mutual", _("Both parties wish to co-operate")
    IN_PROCESS = "in_process", _("In process")
    SIGNED = "signed", _("Signed")
    ACTIVE = "active", _("Active partnership")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("Ended")


A = AgreementState
AGREEMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    A.OPENED: frozenset({A.INTRODUCED, A.ENDED}),
    A.INTRODUCED: frozenset({A.MUTUAL, A.ENDED}),
    A.MUTUAL: frozenset({A.IN_PROCESS, A.ENDED}),
    A.IN_PROCESS: frozenset({A.SIGNED, A.SUSPENDED, A.ENDED}),
    A.SIGNED: frozenset({A.ACTIVE, A.SUSPENDED, A.ENDED}),
    A.ACTIVE: frozenset({A.SUSPENDED, A.ENDED}),
    A.SUSPENDED: frozenset({A.ACTIVE, A.ENDED}),
    A.ENDED: frozenset(),
}
MUTUAL_OR_LATER = (A.MUTUAL, A.IN_PROCESS, A.SIGNED, A.ACTIVE, A.SUSPENDED)
"""Both sides have said yes, and the partnership has not ended."""


class EndReason(TextChoices):
    """Why an agreement ended."""

    UNDONE = "undone", _("Undone")
    DECLINED_NO = "declined_no", _("Declined by the Norwegian side")
    DECLINED_UA = "declined_ua", _("Declined by the Ukrainian side")
    NO_ANSWER = "no_answer", _("No answer")
    EXPIRED = "expired", _("Expired")
    COMPLETED = "completed", _("Completed")
    SECURITY = "security", _("Security")
    OTHER = "other", _("Other")
