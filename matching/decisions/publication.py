"""A computed run goes to review as proposals to decide, and can be taken back while they are undecided."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.lifecycle import NotAStep, transition
from kommunesamarbeid.core.refusals import ReasonMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require
from matching.choices import SchemeState
from matching.decisions import decisions
from matching.models import MatchRun
from matching.states import RunState


class SchemeNotInForce(Refused):
    """Only a run on the scheme in force is published; drafts are for trying."""

    message = _("This run rests on a scheme that is not in force. Compute it again on the one that is.")


class CertificateMissing(Refused):
    """A run without its certificate is looked at, never published."""

    message = _("This run is not proved and cannot be sent to review.")


class NothingProposed(Refused):
    """The run proposes no pair."""

    message = _("This run proposes no pair.")


def refusal_to_publish(run: MatchRun) -> Refused | None:
    """Return why a computed run cannot go to review, or None when it can: for the page before the act,
    and for the act.

    Needs the scheme selected.
    """
    if run.scheme.state != SchemeState.PUBLISHED:
        return SchemeNotInForce()
    if not run.proved or run.total != run.bound:
        return CertificateMissing()
    return None if run.pairs else NothingProposed()


@transaction.atomic
def publish_run(*, run: MatchRun, by: Actor, at: datetime) -> int:
    """Send a run's proposals to review; what earlier runs proposed and nobody has decided expires.

    Returns how many proposals are sent. Raises NotAllowed, NotAStep, StaleState, or what `refusal_to_publish`
    returns.
    """
    require(by, May.START_RUNS)
    if run.state == RunState.COMPUTED and (refusal := refusal_to_publish(run)) is not None:
        raise refusal
    transition(run, RunState.PUBLISHED, by=by, at=at, changes={"published_at": at})
    decisions.expire_proposals(before=run, by=by, at=at)
    return run.pairs or 0


@transaction.atomic
def withdraw_run(*, run: MatchRun, by: Actor, at: datetime, reason: str) -> int:
    """Take a published run back as a whole: what nobody has decided is withdrawn,
    what is decided stays (ADR 0023).

    What expired when it was published stays expired. Returns how many proposals are withdrawn.
    Raises NotAllowed, ReasonMissing, NotAStep (not published), StaleState.
    """
    require(by, May.START_RUNS)
    if not reason.strip():
        raise ReasonMissing(message=_("Write a reason."))
    if run.state != RunState.PUBLISHED:
        raise NotAStep(run, run.state, RunState.DISCARDED)
    transition(run, RunState.DISCARDED, by=by, at=at, reason=reason.strip())
    return decisions.withdraw_undecided(run=run, by=by, at=at, reason=reason.strip())
