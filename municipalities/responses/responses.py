"""A municipality's wishes are recorded, dated, and unchangeable once submitted.

A later edit is a new version.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.events import emit
from kommunesamarbeid.core.history import save_with_history
from kommunesamarbeid.core.lifecycle import transition
from kommunesamarbeid.core.mail.outbox import queue_mail
from kommunesamarbeid.core.refusals import ReasonMissing
from kommunesamarbeid.core.roles import Actor, May, require
from kommunesamarbeid.core.texts import without_identity_numbers
from municipalities.access import office_of, recipient_of
from municipalities.models import ContactPerson, Offer, Response, ResponseVersion, Wish
from municipalities.questionnaire import STRUCTURE_VERSION, Codebook, is_email, read_draft
from municipalities.responses.drafts import (
    NotYourResponse,
    ResponseRefused,
    StaleDraft,
    people_values,
    require_own,
    save_draft,
    start_response,
)
from municipalities.responses.joint_applications import end_joint
from municipalities.responses.response_mails import tell_at_once
from municipalities.responses.rounds import RoundClosed, accepts_changes
from municipalities.states import ResponseState

__all__ = [
    "Incomplete",
    "NotYourResponse",
    "ResponseRefused",
    "RoundClosed",
    "StaleDraft",
    "ask_for_info",
    "ask_to_reopen",
    "defer_response",
    "mark_ready",
    "reopen_response",
    "save_draft",
    "start_response",
    "submit_response",
    "withdraw_response",
]


class Incomplete(ResponseRefused):
    """Required answers are missing or wrong; `wrong` holds the messages by page and question."""

    def __init__(self, wrong: dict[str, dict[str, str]]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


@transaction.atomic
def submit_response(*, response: Response, by: Actor, at: datetime, language: str) -> ResponseVersion:
    """Turn the draft into an unchangeable version; the same answers again give the same version.

    Raises NotYourResponse, RoundClosed and Incomplete.
    """
    require_own(by, response.municipality_id, submit=True)
    _lock(response)
    if not accepts_changes(response, at=at):
        raise RoundClosed(response.reference)
    codebook = Codebook()
    reading = read_draft(response.draft, people_values(response), codebook)
    if reading.wrong:
        raise Incomplete(reading.wrong)
    last = response.versions.order_by("-number").first()
    answered = response.state == ResponseState.AWAITING_INFO
    if (
        last is not None
        and not answered
        and (last.answers, last.structure) == (reading.answers, STRUCTURE_VERSION)
    ):
        return last
    version = _write_version(
        response,
        reading.answers,
        codebook,
        number=last.number + 1 if last else 1,
        by=by,
        at=at,
        language=language,
    )
    for contact in {
        c.email: c for c in (response.contact, version.contact) if c is not None and c.email
    }.values():
        queue_mail("receipt", to=recipient_of(contact), case_reference=response.reference, at=at)
    if office := office_of(response.municipality):
        queue_mail("receipt_office", to=office, case_reference=response.reference, at=at)
    tell_at_once(response=response, at=at)
    return version


def _write_version(
    response: Response,
    answers: dict[str, Any],
    codebook: Codebook,
    *,
    number: int,
    by: Actor,
    at: datetime,
    language: str,
) -> ResponseVersion:
    """Move the state and write the version with its offers and wishes."""
    transition(
        response,
        ResponseState.SUBMITTED,
        by=by,
        at=at,
        changes={
            "submitted_at": response.submitted_at or at,
            "ready_at": None,
            "deferred_reason": "",
            "wake_on": None,
            "info_question": "",
            "info_deadline": None,
            "reopen_asked_at": None,
        },
    )
    version = ResponseVersion.objects.create(
        response=response,
        number=number,
        answers=answers,
        structure=STRUCTURE_VERSION,
        submitted_at=at,
        contact=ContactPerson.objects.select_related("municipality").get(pk=by.id or 0),
        language=language,
    )
    Offer.objects.bulk_create(
        Offer(version=version, theme=codebook.themes[slug], level=offer["level"], description=offer["text"])
        for slug, offer in answers["offers"].items()
    )
    Wish.objects.bulk_create(
        Wish(version=version, theme=codebook.themes[slug]) for slug in answers.get("wishes", ())
    )
    record("response.version", version, by=by, at=at, data={"number": number, "response": response.pk})
    return version


@transaction.atomic
def mark_ready(*, response: Response, by: Actor, at: datetime) -> None:
    """KS has reviewed the response: it enters the next run. Raises NotAllowed, NotAStep and StaleState."""
    require(by, May.REVIEW_RESPONSES)
    transition(
        response,
        ResponseState.READY,
        by=by,
        at=at,
        changes={"ready_at": at, "deferred_reason": "", "wake_on": None},
    )


@transaction.atomic
def ask_for_info(*, response: Response, question: str, deadline: date, by: Actor, at: datetime) -> None:
    """Ask the municipality something before the response can be ready; the question is read behind the link.

    Raises NotAllowed, ReasonMissing, NotAStep and StaleState.
    """
    require(by, May.REVIEW_RESPONSES)
    question = _in_words(question)
    transition(
        response,
        ResponseState.AWAITING_INFO,
        by=by,
        at=at,
        reason=question,
        changes={"ready_at": None, "info_question": question, "info_deadline": deadline},
    )
    _tell(response, "info_needed", at=at)


@transaction.atomic
def defer_response(*, response: Response, reason: str, wake_on: date, by: Actor, at: datetime) -> None:
    """Set the response aside until a date. Raises NotAllowed, ReasonMissing, NotAStep and StaleState."""
    require(by, May.REVIEW_RESPONSES)
    reason = _in_words(reason)
    changes = {"deferred_reason": reason[:300], "wake_on": wake_on, "ready_at": None}
    transition(response, ResponseState.DEFERRED, by=by, at=at, reason=reason, changes=changes)


@transaction.atomic
def withdraw_response(*, response: Response, by: Actor, at: datetime, reason: str = "") -> None:
    """Take the municipality's interest back: it leaves matching at once and the history is kept.

    Raises NotYourResponse or NotAllowed, NotAStep and StaleState.
    """
    if by.kind == "contact":
        require_own(by, response.municipality_id, submit=True)
    else:
        require(by, May.REVIEW_RESPONSES)
        reason = _in_words(reason)
    transition(response, ResponseState.WITHDRAWN, by=by, at=at, reason=reason, changes={"ready_at": None})
    end_joint(response=response, by=by, at=at)
    _tell(response, "withdrawn", at=at)
    emit("response_withdrawn", by=by, at=at, response=response)


@transaction.atomic
def ask_to_reopen(*, response: Response, by: Actor, at: datetime) -> None:
    """The municipality asks KS to open its answers again after the deadline.

    Asking twice is one question (F-23).

    Raises NotYourResponse, and ResponseRefused when the answers can be changed now, or never again.
    """
    require_own(by, response.municipality_id)
    if accepts_changes(response, at=at) or response.state in {ResponseState.MATCHED, ResponseState.WITHDRAWN}:
        raise ResponseRefused(response.reference)
    if Response.objects.filter(pk=response.pk, reopen_asked_at__isnull=True).update(reopen_asked_at=at) == 1:
        response.reopen_asked_at = at
        record("response.reopen_asked", response, by=by, at=at)


@transaction.atomic
def reopen_response(*, response: Response, until: datetime, reason: str, by: Actor, at: datetime) -> None:
    """KS opens one municipality's answers until a date.

    The last submitted version counts all the while (F-23).

    Raises NotAllowed, ReasonMissing, and ResponseRefused when the date is past, or the response matched or
    withdrawn.
    """
    require(by, May.REVIEW_RESPONSES)
    reason = _in_words(reason)
    if until <= at or response.state in {ResponseState.MATCHED, ResponseState.WITHDRAWN}:
        raise ResponseRefused(response.reference)
    keep_from = Response.objects.select_for_update().get(pk=response.pk)
    keep_from.reopened_until, keep_from.reopen_asked_at = until, None
    save_with_history(keep_from, by=by, at=at, reason=reason)
    response.reopened_until, response.reopen_asked_at = until, None
    record("response.reopened", response, by=by, at=at, reason=reason, data={"until": until.isoformat()})
    _tell(response, "reopened", at=at)


def _tell(response: Response, template: str, *, at: datetime) -> None:
    """Mail the contact person; while a draft's address is none yet, whoever saved it last."""
    reached = reached_by(response)
    if reached is not None:
        queue_mail(template, to=recipient_of(reached), case_reference=response.reference, at=at)


def reached_by(response: Response) -> ContactPerson | None:
    """Return whom to write to about a response."""
    people = (response.contact, response.draft_saved_by)
    return next((person for person in people if person is not None and is_email(person.email)), None)


def _in_words(text: str) -> str:
    words, _found = without_identity_numbers(text.strip())
    if not words:
        raise ReasonMissing
    return words


def _lock(response: Response) -> None:
    """Lock the row and bring the caller's object up to date: two submits at once happen one after
    the other.
    """
    fields = ["state", "draft", "draft_number", "draft_saved_at", "submitted_at", "contact", "deputy"]
    response.refresh_from_db(fields=fields, from_queryset=Response.objects.select_for_update())
