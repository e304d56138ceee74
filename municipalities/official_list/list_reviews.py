"""What a new edition of the official list changes for a candidate becomes a task; no category flips by
itself.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.accounts import staff
from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.mail.outbox import Recipient, queue_mails
from kommunesamarbeid.core.refusals import ReasonMissing, Refused
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import plain, tidy
from municipalities.choices import OfficialStatus, ReviewKind, ReviewOutcome
from municipalities.models import (
    Candidate,
    CategoryAssessment,
    ListReview,
    OfficialListEdition,
    OfficialListEntry,
)
from municipalities.registers import Covered, coverage, kept_status, status_from

REPLACED = ReviewOutcome.REPLACED
Period = tuple[str, str, str, str, str]
"""Status, territory when it is a part, its exceptions, first day, last day (blank: open)."""


class AlreadyClosed(Refused):
    """Somebody else has looked at the task."""

    message = _("Somebody else has closed this task.")


class NotOfThisCandidate(Refused):
    """The assessment is another candidate's."""

    message = _("The category assessment is not this candidate's.")


@dataclass(frozen=True)
class Difference:
    """What two editions say differently of one hromada."""

    hromada_id: int
    kind: ReviewKind
    before_status: str
    after_status: str
    before: tuple[dict[str, str], ...]
    after: tuple[dict[str, str], ...]


def differences(
    old: OfficialListEdition | None,
    new: OfficialListEdition,
    entries: Iterable[OfficialListEntry],
    hromada_ids: Collection[int],
) -> list[Difference]:
    """Return what `entries` of the edition `new` (saved or not) change for the hromadas, against the edition
    `old`.

    Periods are compared, not only the status that follows: one that was closed and opened again is a change,
    and so is a part that has become the whole. Names as printed are not compared.
    """
    before = coverage(old.entries.all()) if old else {}
    after = coverage(entries)
    differences = (
        _difference(hromada, old, new, before.get(hromada, []), after.get(hromada, []))
        for hromada in sorted(hromada_ids)
    )
    return [difference for difference in differences if difference is not None]


def _difference(
    hromada: int,
    old: OfficialListEdition | None,
    new: OfficialListEdition,
    before: list[Covered],
    after: list[Covered],
) -> Difference | None:
    was, is_ = ({_period(*entry): entry for entry in covered} for covered in (before, after))
    if was.keys() == is_.keys():
        return None
    was_open, is_open = _is_open(before), _is_open(after)
    kind = (
        ReviewKind.NEW
        if is_open and not was_open
        else ReviewKind.ENDED
        if was_open and not is_open
        else ReviewKind.CHANGED
    )
    return Difference(
        hromada,
        kind,
        kept_status(status_from(old, hromada, before) if old and before else None),
        kept_status(status_from(new, hromada, after) if after else None),
        tuple(_period_as_recorded(*was[key]) for key in sorted(was.keys() - is_.keys())),
        tuple(_period_as_recorded(*is_[key]) for key in sorted(is_.keys() - was.keys())),
    )


def _period(entry: OfficialListEntry, is_whole: bool) -> Period:
    part = ("", "") if is_whole else (entry.territory_code, " ".join(tidy(entry.except_uk).split()))
    return (
        entry.status,
        *part,
        entry.starts_on.isoformat(),
        entry.ends_on.isoformat() if entry.ends_on else "",
    )


def _is_open(covered: list[Covered]) -> bool:
    return any(entry.ends_on is None for entry, _whole in covered)


def _period_as_recorded(entry: OfficialListEntry, is_whole: bool) -> dict[str, str]:
    return {
        "status": entry.status,
        "territory": entry.name_uk,
        "part": "" if is_whole else "part",
        "from": entry.starts_on.isoformat(),
        "to": entry.ends_on.isoformat() if entry.ends_on else "",
    }


@transaction.atomic
def open_reviews(*, edition: OfficialListEdition, by: Actor, at: datetime) -> list[ListReview]:
    """Open a task for each candidate that the newest edition changes; return the new ones, and tell KS and
    AUC once.

    An edition that is older than another one opens none. The same difference opens no second task, open or
    closed; one that is no longer true is closed as replaced.
    """
    if OfficialListEdition.objects.filter(edition_on__gt=edition.edition_on).exists():
        return []
    old = (
        OfficialListEdition.objects.filter(edition_on__lt=edition.edition_on).order_by("-edition_on").first()
    )
    pool = dict(Candidate.objects.values_list("hromada_id", "pk"))
    tasks = {
        _contents(task.candidate_id, task): task
        for task in edition.reviews.exclude(outcome=REPLACED).order_by("id")
    }
    changes = {
        _contents(pool[change.hromada_id], change): change
        for change in differences(old, edition, edition.entries.all(), pool)
    }
    for contents, task in tasks.items():
        if task.closed_at is None and contents not in changes:
            _close(task, by=by, at=at, outcome=REPLACED)
    opened = [
        ListReview.objects.create(
            candidate_id=pool[change.hromada_id],
            edition=edition,
            before_edition=old,
            kind=change.kind,
            before=list(change.before),
            after=list(change.after),
            before_status=change.before_status,
            after_status=change.after_status,
            opened_at=at,
        )
        for contents, change in changes.items()
        if contents not in tasks
    ]
    if opened:
        record("list_review.opened", edition, by=by, at=at, data={"tasks": len(opened)})
        _tell(edition, len(opened), at)
    return opened


def _contents(candidate_id: int, what: ListReview | Difference) -> str:
    """Return what a task says, alike before and after it was stored: PostgreSQL orders the keys
    of JSON anew.
    """
    return json.dumps(
        [candidate_id, what.kind, list(what.before), list(what.after)], sort_keys=True, ensure_ascii=False
    )


def _tell(edition: OfficialListEdition, number: int, at: datetime) -> None:
    """Write to whoever reviews candidates: how many tasks, and a link; never which."""
    people = staff.holders(May.REVIEW_CANDIDATES)
    letters = [("list_review", Recipient.of(person)) for person in people]
    queue_mails(letters, case_reference=f"list-{edition.pk}", at=at, context={"number": number})


@transaction.atomic
def close_without_change(*, task: ListReview, reason: str, by: Actor, at: datetime) -> ListReview:
    """Say that the new evidence changes nothing, and why.

    Raises NotAllowed, ReasonMissing, AlreadyClosed.
    """
    require(by, May.REVIEW_CANDIDATES)
    reason = plain(reason)
    if not reason:
        raise ReasonMissing
    return _close(task, by=by, at=at, outcome=ReviewOutcome.NO_CHANGE, reason=reason)


@transaction.atomic
def close_with_assessment(
    *, task: ListReview, assessment: CategoryAssessment, by: Actor, at: datetime
) -> ListReview:
    """Close the task by the category that was proposed upon it; taken back, the proposal opens the question
    again.

    Raises NotAllowed, NotOfThisCandidate, AlreadyClosed.
    """
    require(by, May.PROPOSE_CATEGORY)
    if assessment.candidate_id != task.candidate_id:
        raise NotOfThisCandidate
    return _close(task, by=by, at=at, outcome=ReviewOutcome.ASSESSED, assessment=assessment)


def _close(
    task: ListReview,
    *,
    by: Actor,
    at: datetime,
    outcome: ReviewOutcome,
    reason: str = "",
    assessment: CategoryAssessment | None = None,
) -> ListReview:
    values = {
        "closed_at": at,
        "closed_by_id": by.id,
        "outcome": outcome.value,
        "reason": reason,
        "assessment_id": assessment.pk if assessment else None,
    }
    # Compare-and-swap: of two who close at once, one row changes (and the trigger closes it for good).
    if ListReview.objects.open().filter(pk=task.pk).update(**values) != 1:
        raise AlreadyClosed
    for field, value in values.items():
        setattr(task, field, value)
    record(
        f"list_review.{outcome.value}",
        task,
        by=by,
        at=at,
        reason=reason,
        data={"candidate": task.candidate_id},
    )
    return task


def is_occupied_now(task: ListReview) -> bool:
    """Say whether the new edition has the whole hromada as temporarily occupied."""
    return f"{OfficialStatus.OCCUPIED} whole" in task.after_status.split("; ")
