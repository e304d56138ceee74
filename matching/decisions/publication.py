"""A computed run goes to review as proposals to decide, and can be taken back while they are undecided."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from kommunesamarbeid.core.lifecycle import NotAStep, transition
from kommunesamarbeid.core.roles import Actor, May, require
from matching.choices import SchemeState
from matching.decisions import decisions
from matching.models import MatchRun
from matching.runs import RunError
from matching.states import RunState


class SchemeNotInForce(RunError):
    """Only a run on the scheme in force is published; drafts are for trying."""


class NotProved(RunError):
    """A run without its certificate is looked at, never published."""


class NothingProposed(RunError):
    """The run proposes no pair."""


class ReasonMissing(RunError):
    """A run is taken back with a reason."""


@transaction.atomic
def publish_run(*, run: MatchRun, by: Actor, at: datetime) -> int:
    """Send a run's proposals to review; what earlier runs proposed and nobody has decided expires.

    Returns how many proposals are sent. Raises NotAllowed, SchemeNotInForce, NotProved, NothingProposed, NotAStep, StaleState.
    """
    require(by, May.START_RUNS)
    if run.state == RunState.COMPUTED:
        if run.scheme.state != SchemeState.PUBLISHED:
            raise SchemeNotInForce
        if not run.proved or run.total != run.bound:
            raise NotProved
        if not run.pairs:
            raise NothingProposed
    transition(run, RunState.PUBLISHED, by=by, at=at, changes={"published_at": at})
    decisions.expire_proposals(before=run, by=by, at=at)
    return run.pairs or 0


@transaction.atomic
def withdraw_run(*, run: MatchRun, by: Actor, at: datetime, reason: str) -> int:
    """Take a published run back as a whole: what nobody has decided is withdrawn, what is decided stays (ADR 0023).

    What expired when it was published stays expired. Returns how many proposals are withdrawn.
    Raises NotAllowed, ReasonMissing, NotAStep (not published), StaleState.
    """
    require(by, May.START_RUNS)
    if not reason.strip():
        raise ReasonMissing
    if run.state != RunState.PUBLISHED:
        raise NotAStep(run, run.state, RunState.DISCARDED)
    transition(run, RunState.DISCARDED, by=by, at=at, reason=reason.strip())
    return decisions.withdraw_undecided(run=run, by=by, at=at, reason=reason.strip())
