"""A draft lives in the database from its first page, belongs to the municipality, and never overwrites
another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from kommunesamarbeid.core.audit import record
from kommunesamarbeid.core.roles import Actor
from kommunesamarbeid.core.texts import without_identity_numbers
from municipalities.choices import LinkRight
from municipalities.models import ContactPerson, Municipality, Response, ResponseVersion, Round
from municipalities.questionnaire import STRUCTURE, Question, Store, Values, is_email, raw_values
from municipalities.responses.references import unused_reference
from municipalities.responses.rounds import RoundClosed, accepts_changes
from municipalities.states import ResponseState

PEOPLE_QUESTIONS: tuple[Question, ...] = tuple(
    question
    for section in STRUCTURE
    for page in section.pages
    for question in page.questions
    if question.store != Store.ANSWERS
)
# A draft keeps what was typed, also when it is too long to be right; the column sets the end.
COLUMN_WIDTHS = {
    name: int(getattr(ContactPerson._meta.get_field(name), "max_length", 0))
    for name in ("name", "title", "email", "phone")
}


class ResponseRefused(Exception):
    """What was asked for cannot be done with this response; nothing has changed."""


class NotYourResponse(ResponseRefused, PermissionDenied):
    """The contact belongs to another municipality, or to none any more."""


class StaleDraft(ResponseRefused):
    """Somebody else saved first; `response` is as it is now."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.reference)
        self.response = response


@transaction.atomic
def start_response(
    *,
    municipality: Municipality,
    round: Round,  # noqa: A002  # the domain's word
    contact: ContactPerson,
    by: Actor,
    at: datetime,
) -> Response:
    """Return the municipality's response in the round, begun now when there is none that is not withdrawn.

    Raises NotYourResponse and RoundClosed.
    """
    require_own(by, municipality.pk)
    if round.opens_at > at or (round.closes_at is not None and round.closes_at <= at):
        raise RoundClosed(round.name)
    # The lock makes two first pages opened at once share one response.
    Municipality.objects.select_for_update().get(pk=municipality.pk)
    earlier = list(Response.objects.filter(municipality=municipality).select_related("contact", "deputy"))
    current = next(
        (one for one in earlier if one.round_id == round.pk and one.state != ResponseState.WITHDRAWN), None
    )
    if current is not None:
        return current
    response = Response(
        municipality=municipality, round=round, contact=contact, reference=unused_reference(), started_at=at
    )
    response.draft = _earlier_answers(municipality) if earlier else {}
    vars(response)["_history_date"] = at  # read by simple-history
    response.save()
    record("response.started", response, by=by, at=at)
    return response


@transaction.atomic
def save_draft(
    *,
    response: Response,
    values: Mapping[str, Any],
    by: Actor,
    at: datetime,
    seen_number: int,
    page: str = "",
    inline: Iterable[str] = (),
) -> int:
    """Save raw values into the draft and return its new number.

    Contact fields go to their `ContactPerson` rows.

    `page` is remembered as answered, and so are the follow-ups answered on it (`inline`). `seen_number` is
    the draft number the writer saw.
    Raises NotYourResponse, RoundClosed and StaleDraft.
    """
    require_own(by, response.municipality_id)
    if not accepts_changes(response, at=at):
        raise RoundClosed(response.reference)
    people = {question.key for question in PEOPLE_QUESTIONS}
    cleaned = {key: _without_numbers(value) for key, value in values.items()}
    draft = {**response.draft, **{key: value for key, value in cleaned.items() if key not in people}}
    saved = draft.get("saved", ())
    if new := [key for key in (page, *inline) if key and key not in saved]:
        draft["saved"] = [*saved, *new]
    changes: dict[str, Any] = {
        "draft": draft,
        "draft_number": seen_number + 1,
        "draft_saved_at": at,
        "draft_saved_by_id": by.id,
    }
    # Compare-and-swap on the number: of two officers who save at once the second changes nothing and is told
    # so.
    if Response.objects.filter(pk=response.pk, draft_number=seen_number).update(**changes) != 1:
        raise StaleDraft(
            Response.objects.select_related("contact", "deputy", "draft_saved_by").get(pk=response.pk)
        )
    # Only now, or what the first officer saved would look like the second one's own within this transaction.
    rows = save_people(response, {key: value for key, value in cleaned.items() if key in people}, at)
    if others := {store: row for store, row in rows.items() if row.pk != getattr(response, f"{store}_id")}:
        Response.objects.filter(pk=response.pk).update(**others)
    for field, value in (changes | rows).items():
        setattr(response, field, value)
    record("response.draft_saved", response, by=by, at=at, data={"page": page, "number": seen_number + 1})
    return seen_number + 1


def find_response(municipality: Municipality) -> Response | None:
    """Return the municipality's latest response that is not withdrawn, with its round and people."""
    responses = Response.objects.open().filter(municipality=municipality)
    return responses.select_related("round", "contact", "deputy").order_by("-round__opens_at", "-id").first()


def find_withdrawn(municipality: Municipality) -> Response | None:
    """Return what the municipality withdrew last: it may still read what it had sent."""
    withdrawn = Response.objects.filter(municipality=municipality, state=ResponseState.WITHDRAWN)
    return withdrawn.select_related("round", "contact", "deputy").order_by("-id").first()


def people_values(response: Response) -> dict[str, str]:
    """Return the contact persons' fields by question key."""
    rows = {Store.CONTACT: response.contact, Store.DEPUTY: response.deputy}
    return {q.key: getattr(rows[q.store], q.field, "") if rows[q.store] else "" for q in PEOPLE_QUESTIONS}


def require_own(by: Actor, municipality_id: int, *, submit: bool = False) -> None:
    """Raise NotYourResponse unless the actor is a contact of the municipality.

    With `submit`, one who may submit (F-13).
    """
    rights = [LinkRight.SUBMIT] if submit else LinkRight.values
    is_own_contact = (
        by.kind == "contact"
        and ContactPerson.objects.filter(
            pk=by.id or 0,
            municipality_id=municipality_id,
            erased_at__isnull=True,
            access_ended_at__isnull=True,
            right__in=rights,
        ).exists()
    )
    if not is_own_contact:
        raise NotYourResponse


def _earlier_answers(municipality: Municipality) -> dict[str, Any]:
    """Return a draft filled with what the municipality submitted last, and when that was (F-29).

    Contact details are asked anew.
    """
    last = (
        ResponseVersion.objects.filter(response__municipality=municipality)
        .order_by("-submitted_at", "-number")
        .first()
    )
    if last is None:
        return {}
    return {**raw_values(last.answers), "earlier_on": timezone.localdate(last.submitted_at).isoformat()}


def _without_numbers(value: Any) -> Any:
    return without_identity_numbers(value)[0] if isinstance(value, str) else value


def save_people(response: Response, values: Values, at: datetime) -> dict[str, Any]:
    """Write contact fields to their rows and return the changes to the response's own columns."""
    changes: dict[str, Any] = {}
    for store in (Store.CONTACT, Store.DEPUTY):
        fields = {
            q.field: str(values[q.key])[: COLUMN_WIDTHS[q.field]]
            for q in PEOPLE_QUESTIONS
            if q.store == store and q.key in values
        }
        if response.submitted_at is not None and not is_email(fields.get("email", "")):
            fields.pop("email", None)  # a submitted case is always somebody's who can be reached
        if not fields:
            continue
        row: ContactPerson | None = getattr(response, store.value)
        if row is None or _is_key_holder(row, fields.get("email", row.email)):
            if not any(fields.values()):
                continue
            row = ContactPerson(
                municipality_id=response.municipality_id, created_at=at, is_deputy=store == Store.DEPUTY
            )
        for name, value in fields.items():
            setattr(row, name, value.lower() if name == "email" else value)
        row.save()
        changes[store.value] = row
    return changes


def _is_key_holder(row: ContactPerson, email: str) -> bool:
    """Say whether the row opens a link by another address than `email`: then it must keep its own."""
    return row.email != email.lower() and row.links.exists()
