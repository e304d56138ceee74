"""One act is done on many candidates, each with its own audit row; whoever cannot follow is told with
the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts import staff
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails
from kommunesamarbeid.core.refusals import ReasonMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import plain
from municipalities.candidates.candidates import CLOSED_STATES, missing_before_ready, move_candidate
from municipalities.models import Candidate
from municipalities.states import CandidateState

ASK = "ask"
ACTS = (CandidateState.READY.value, CandidateState.ON_HOLD.value, ASK)


@dataclass(frozen=True)
class Outcome:
    """What became of one candidate, or would: `why_not` is blank where the act can be done."""

    candidate: Candidate
    why_not: str | Promise = ""


def preview(*, act: str, candidates: Sequence[Candidate], at: datetime) -> list[Outcome]:
    """Say who could follow and who not, and do nothing. Five queries at any number."""
    refused = missing_before_ready(candidates, timezone.localdate(at)) if act == CandidateState.READY else {}
    return [
        Outcome(candidate, _not_a_step(candidate, act) or str(refused.get(candidate.pk) or ""))
        for candidate in candidates
    ]


def _not_a_step(candidate: Candidate, act: str) -> str | Promise:
    if act == ASK or act in candidate.TRANSITIONS[candidate.state]:
        return ""
    if act == candidate.state:
        return _("is there already")
    return _("this step is not possible from the state it is in")


def act_on_many(
    *, act: str, candidates: Sequence[Candidate], by: Actor, at: datetime, reason: str = ""
) -> list[Outcome]:
    """Do the act on each candidate by itself; one that is refused, or that somebody else was faster with,
    changes nothing.

    Raises NotAllowed, ReasonMissing (on hold), ValueError (no such act).
    """
    require(by, May.REVIEW_CANDIDATES)
    if act not in ACTS:
        raise ValueError(act)
    if act in CLOSED_STATES and not plain(reason):
        raise ReasonMissing
    if act == ASK:
        return _ask(candidates, by=by, at=at)
    return [
        Outcome(candidate, _moved(candidate, act, by=by, at=at, reason=reason)) for candidate in candidates
    ]


def _moved(candidate: Candidate, to: str, *, by: Actor, at: datetime, reason: str) -> str:
    try:
        move_candidate(candidate=candidate, to=to, by=by, at=at, reason=reason)
    except Refused as refusal:
        return str(refusal)
    except LifecycleError:
        return str(_not_a_step(candidate, to) or _("somebody else has changed the state in the meantime"))
    return ""


@transaction.atomic
def _ask(candidates: Sequence[Candidate], *, by: Actor, at: datetime) -> list[Outcome]:
    """Ask AUC to look at the needs anew; its editors get one mail with the number, whatever the number is."""
    for candidate in candidates:
        candidate.update_asked_at = at
        save_with_history(candidate, by=by, at=at)
        record("candidate.update_asked", candidate, by=by, at=at)
    if candidates:
        people = staff.holders(May.EDIT_NEEDS)
        letters = [("update_asked", Recipient.of(person)) for person in people]
        queue_mails(
            letters, case_reference=f"ask-{at:%Y%m%d%H%M}", at=at, context={"number": len(candidates)}
        )
    return [Outcome(candidate) for candidate in candidates]
