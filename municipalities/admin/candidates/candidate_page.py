"""What one candidate's page shows: facts, evidence and category apart, consents, needs with their age."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kommunesamarbeid.core.desk.acts import OpenAct
from kommunesamarbeid.core.desk.values import field_label, show, yes_no
from kommunesamarbeid.core.history import Edition, editions_of
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from municipalities.admin.registers.labels import (
    age_tag,
    edition_tag,
    kept_status_words,
    new_status_words,
    signature,
    status_words,
)
from municipalities.candidates.candidates import assessment_on, consents_on
from municipalities.choices import Authority, Category, ConsentScope, Language, NeedStatus, ReviewOutcome
from municipalities.models import Candidate, CategoryAssessment, Need
from municipalities.models.candidate import CURRENT
from municipalities.needs.needs import is_referred, visibility_on
from municipalities.registers.official_statuses import latest_edition, status_of

Text = str | Promise


def candidate_context(candidate: Candidate, reader: Actor, now: datetime) -> dict[str, Any]:
    """Return what the candidate's page shows to this reader."""
    today = timezone.localdate(now)
    in_force = assessment_on(candidate, today)
    category = Category.UNDETERMINED if in_force is None else Category(in_force.category)
    edition = latest_edition()
    official = status_of([candidate.hromada_id], edition).get(candidate.hromada_id) if edition else None
    rows = candidate.needs.select_related("theme", "confirmed_by").prefetch_related(
        "comments__written_by", "comments__accepted_by"
    )
    needs = [need_row(need, category, reader, today) for need in rows]
    return {
        "candidate": candidate,
        "category": category,
        "official": status_words(official),
        "edition": edition,
        "facts": list(_facts(candidate)),
        "assessments": _assessments(list(_ledger(candidate)), in_force, reader),
        "consents": candidate.consents.select_related("recorded_by"),
        "consent_now": consents_on(today).get(candidate.pk, ConsentScope.NONE).label,
        "needs": [row for row in needs if row["need"].status in CURRENT],
        "closed_needs": [row for row in needs if row["need"].status not in CURRENT],
        "teachings": candidate.teachings.select_related("theme"),
        "edition_age": edition_tag(edition.edition_on, today) if edition else "",
        "tasks": list(candidate.list_reviews.open().select_related("edition")),
        "partnerships": list(candidate.hromada.known_partnerships.select_related("municipality")),
        "roads": list(candidate.hromada.offered_through.all()),
        "may_review": reader.may(May.REVIEW_CANDIDATES),
        "may_read_contacts": reader.may(May.READ_UKRAINIAN_CONTACTS),
        "contacts": candidate.hromada.contacts.filter(erased_at__isnull=True).count(),
        "may_edit": reader.may(May.EDIT_NEEDS),
        "may_comment": reader.may(May.COMMENT_NEEDS),
    }


def links_beside(candidate: Candidate, reader: Actor) -> list[OpenAct]:
    """Return where else this reader may work with the candidate."""
    address = reverse("admin:municipalities_need_of", args=[candidate.pk])
    links = [OpenAct("needs", _("Needs"), address)]
    if reader.may(May.READ_UKRAINIAN_CONTACTS):
        links.append(OpenAct("contacts", _("The hromada's contact persons"), f"{address}#contacts"))
    return links


def _facts(candidate: Candidate) -> Iterator[tuple[Text, Text]]:
    hromada = candidate.hromada
    yield _("KATOTTG"), hromada.katottg
    yield _("Ukrainian name"), hromada.name_uk
    yield _("Latin name"), hromada.name_en
    yield _("Raion"), hromada.raion_uk if hromada.name == hromada.centre_uk else hromada.raion_en
    yield _("Kind"), hromada.get_kind_display()
    if hromada.population is not None:
        people = _("%(count)s (%(year)s)") % {
            "count": in_thousands(hromada.population),
            "year": hromada.population_year,
        }
        yield _("Inhabitants"), people
    yield _("Who governs the hromada"), Authority(candidate.authority).label
    yield _("Number of partners wished"), str(candidate.capacity)
    yield _("AUC's priority"), str(candidate.get_priority_display() or _("not set"))
    if candidate.update_asked_at:
        yield (
            _("AUC was asked to update"),
            date_format(timezone.localdate(candidate.update_asked_at), "SHORT_DATE_FORMAT"),
        )
    spoken = [str(Language(code).label) for code in candidate.languages or []]
    yield _("Working languages"), ", ".join(spoken) or _("not known")
    for name in ("interpreter", "agriculture", "industry_energy", "university", "coastal", "mountain"):
        yield field_label(Candidate._meta.get_field(name)), yes_no(getattr(candidate, name))


def _ledger(candidate: Candidate) -> models.QuerySet[CategoryAssessment]:
    rows = candidate.assessments.select_related(
        "proposed_by", "confirmed_by", "retracted_by", "edition", "supersedes"
    )
    return rows.order_by("-id")


def _assessments(
    rows: list[CategoryAssessment], in_force: CategoryAssessment | None, reader: Actor
) -> list[dict[str, Any]]:
    """Return the ledger as the page shows it, each row with the confirmed one that supersedes it."""
    later = {row.supersedes_id: row for row in reversed(rows) if row.supersedes_id and row.confirmed_at}
    return [_assessment(row, in_force, reader) | {"superseded_by": later.get(row.pk)} for row in rows]


def _assessment(
    row: CategoryAssessment, in_force: CategoryAssessment | None, reader: Actor
) -> dict[str, Any]:
    waits = row.confirmed_at is None and row.retracted_at is None
    is_own = reader.organisation == row.proposed_for
    return {
        "row": row,
        "official": kept_status_words(row.official_status),
        "is_held": in_force is not None and row.pk == in_force.pk,
        "proposed": signature(row.proposed_by, reader),
        "confirmed": signature(row.confirmed_by, reader) if row.confirmed_by else "",
        "retracted": signature(row.retracted_by, reader) if row.retracted_by else "",
        "may_confirm": waits and reader.may(May.PROPOSE_CATEGORY) and not is_own,
        "may_retract": waits and reader.may(May.PROPOSE_CATEGORY) and is_own,
    }


def need_row(need: Need, category: Category, reader: Actor, today: date) -> dict[str, Any]:
    """Return one need as the page shows it."""
    return {
        "need": need,
        "age": age_tag(need.confirmed_on, today),
        "confirmed_by": signature(need.confirmed_by, reader),
        "visibility": visibility_on(need, category).label,
        "is_referred": is_referred(need.theme),
        "is_over": need.valid_to is not None and need.valid_to < today,
        "status": NeedStatus(need.status).label,
        "comments": [
            {
                "comment": comment,
                "by": signature(comment.written_by, reader),
                "is_open": comment.accepted_at is None,
            }
            for comment in need.comments.all()
        ],
    }


class Line(NamedTuple):
    """One edition in the history: when, who, what it is about, why, and field by field before → after."""

    at: datetime
    by: str
    about: str
    reason: str
    is_first: bool
    changes: list[tuple[str, str, str]]
    is_act: bool = False  # something done beside the row's editions, complete without a before and after


def history_lines(parts: Iterable[tuple[str, list[Edition]]], reader: Actor) -> list[Line]:
    """Return the editions of several rows as one plain list, newest first."""
    lines = [
        Line(
            edition.at,
            signature(edition.by, reader),
            about,
            edition.reason,
            edition.is_first,
            [
                (field_label(field), show(field, before), show(field, after))
                for field, before, after in edition.changes
            ],
        )
        for about, editions in parts
        for edition in editions
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def candidate_lines(candidate: Candidate, reader: Actor) -> list[Line]:
    """Return everything that happened to the candidate and what is kept about it, newest first."""
    hromada = candidate.hromada
    parts = [(str(_("Candidate")), editions_of(candidate))]
    parts += [(need.theme.name, editions_of(need)) for need in candidate.needs.select_related("theme")]
    parts += [(row.partner_name, editions_of(row)) for row in hromada.known_partnerships.all()]
    parts += [(road.title, editions_of(road)) for road in hromada.offered_through.all()]
    lines = history_lines(parts, reader) + list(_dated(candidate, reader))
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _dated(candidate: Candidate, reader: Actor) -> Iterator[Line]:
    """Yield what is kept as dated rows that never change: consents, steps of the ledger, review tasks."""
    for consent in candidate.consents.select_related("recorded_by"):
        changes = [(str(_("To be listed")), "–", str(ConsentScope(consent.scope).label))]
        yield Line(
            consent.recorded_at,
            signature(consent.recorded_by, reader),
            str(_("Consent")),
            consent.given_by,
            False,
            changes,
        )
    for row in _ledger(candidate):
        about = _("Category: %(category)s") % {"category": Category(row.category).label}
        steps = (
            (row.proposed_at, row.proposed_by, _("proposed"), row.reason),
            (row.confirmed_at, row.confirmed_by, _("confirmed"), ""),
            (row.retracted_at, row.retracted_by, _("taken back"), row.retract_reason),
        )
        for at, by, what, reason in steps:
            if at is not None:
                yield Line(at, signature(by, reader), f"{about}, {what}", reason, False, [], True)
    for task in candidate.list_reviews.select_related("edition", "closed_by"):
        about = str(_("Review task from the official list"))
        change = [
            (
                str(_("Official status")),
                kept_status_words(task.before_status),
                new_status_words(task.before_status, task.after_status),
            )
        ]
        yield Line(task.opened_at, str(_("the portal")), about, str(task.edition), False, change)
        if task.closed_at is not None:
            outcome = str(ReviewOutcome(task.outcome).label)
            yield Line(
                task.closed_at,
                signature(task.closed_by, reader),
                f"{about}: {outcome}",
                task.reason,
                False,
                [],
                True,
            )
