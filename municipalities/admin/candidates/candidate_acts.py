"""One candidate at the desk: each act on it at its own address, its contact persons, how it is added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.desk.act_pages import act_view
from kommunesamarbeid.core.desk.acts import Act, Visit, always, both_versions
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import BOTH, Page, id_in, page
from kommunesamarbeid.core.roles import Actor, May
from municipalities.admin.candidates.candidate_forms import (
    CategoryForm,
    ConsentForm,
    DescribeForm,
    MoveForm,
    NeedForm,
    TeachingForm,
)
from municipalities.admin.candidates.candidate_list import search_hromadas
from municipalities.admin.needs.draft_forms import DRAFT_PAGE, NeedDrafts, checked
from municipalities.admin.needs.need_work import needs_url
from municipalities.admin.registers.labels import edition_tag, status_words
from municipalities.candidates import candidates, categories
from municipalities.choices import NeedVisibility
from municipalities.models import Candidate, CategoryAssessment, Hromada, ListReview, Teaching
from municipalities.needs import needs
from municipalities.official_list import list_reviews
from municipalities.registers.official_statuses import kept_status, latest_edition, status_of
from municipalities.states import CANDIDATE_TRANSITIONS

FOLDER = "admin/municipalities/candidate"
SHOWN = 50
REVIEWERS, EDITORS = (May.REVIEW_CANDIDATES,), (May.EDIT_NEEDS,)


@transaction.atomic
def _propose_category(
    *, candidate: Candidate, task: ListReview | None, by: Actor, at: datetime, **facts: Any
) -> CategoryAssessment:
    """Propose the category, and close the review task one came from with it."""
    assessment = categories.propose_category(
        candidate=candidate, facts=categories.CategoryFacts(**facts), by=by, at=at
    )
    if task is not None:
        list_reviews.close_with_assessment(task=task, assessment=assessment, by=by, at=at)
    return assessment


def _evidence(visit: Visit) -> None:
    """Find what the official list says today, and the review task one came from."""
    candidate, edition = visit.row, latest_edition()
    status = status_of([candidate.hromada_id], edition).get(candidate.hromada_id) if edition else None
    tasks = candidate.list_reviews.open().filter(pk=id_in(visit.request.GET.get("task", "")))
    visit.facts |= {
        "edition": edition,
        "official": status_words(status) if edition else "",
        "official_status": kept_status(status) if edition else "",
        "task": tasks.first(),
    }


def _evidence_shown(visit: Visit) -> dict[str, Any]:
    edition = visit.facts["edition"]
    return {
        "official": visit.facts["official"],
        "edition": edition,
        "edition_age": edition and edition_tag(edition.edition_on, timezone.localdate(visit.at)),
    }


def _move_options(visit: Visit) -> dict[str, Any]:
    candidate = visit.row
    partners = candidates.norwegian_partners([candidate.hromada_id]).get(candidate.hromada_id, ())
    return {"state": visit.request.POST.get("seen") or candidate.state, "partners": partners}


def _step_asked_for(visit: Visit) -> dict[str, Any]:
    query = visit.request.GET
    return {"seen": visit.row.state, "to": query.get("to"), "reason": query.get("reason", "")[:300]}


def _teaching(visit: Visit) -> Teaching:
    teachings = Teaching.objects.select_related("theme", "candidate")
    return get_object_or_404(teachings, pk=visit.names["teaching"], candidate=visit.names["pk"])


def _to_needs(visit: Visit) -> str:
    return needs_url(visit.row.pk)


ACTS = (
    Act(
        "category", (May.PROPOSE_CATEGORY,), _propose_category, form=CategoryForm,
        is_open=always, gate=_evidence,
        initial=lambda visit: {"valid_from": timezone.localdate(visit.at)},
        values=lambda visit, form: {
            **form.cleaned_data,
            **{name: visit.facts[name] for name in ("edition", "official_status", "task")},
        },
        title=_("Propose category"), done=_("Proposed. The other organisation must confirm."),
        context=_evidence_shown,
        records="category.proposed",
    ),
    Act(
        "consent", REVIEWERS, candidates.record_consent, form=ConsentForm,
        is_open=always,
        initial=lambda visit: {"given_on": timezone.localdate(visit.at)},
        title=_("Record consent"), done=_("The consent is recorded."),
        records="consent.recorded",
    ),
    Act(
        "describe", REVIEWERS, candidates.describe_candidate, form=DescribeForm,
        is_open=always,
        initial=lambda visit: DescribeForm.initial_for(visit.row),
        values=lambda _visit, form: {"changes": form.changes(), "seen_at": form.cleaned_data["seen_at"]},
        versions=lambda _visit, form, current: both_versions(
            form, current, form.changes(), seen_at=current.updated_at.isoformat()
        ),
        title=_("Describe the candidate"), done=_("Saved."),
        records="candidate.described",
    ),
    Act(
        "move", REVIEWERS, candidates.move_candidate, form=MoveForm,
        is_open=lambda candidate, _reader, _at: bool(CANDIDATE_TRANSITIONS[candidate.state]),
        options=_move_options, initial=_step_asked_for,
        title=_("Change state"), done=_("The state is changed."),
        records="candidate.*",
    ),
    Act(
        "add_need", EDITORS, needs.add_need, form=NeedForm,
        is_open=always,
        initial=lambda _visit: {"visibility": NeedVisibility.INTERNAL},
        values=lambda visit, form: {"is_checked": checked(visit.request), **form.cleaned_data},
        drafts=NeedDrafts(),
        title=_("Add need"), done=_("The need is added."),
        back=_to_needs, template=DRAFT_PAGE,
        records="need.added",
    ),
    Act(
        "add_teaching", EDITORS, needs.add_teaching, form=TeachingForm,
        is_open=always,
        title=_("Add what it can teach"), done=_("Added."),
        back=_to_needs,
        records="teaching.added",
    ),
    Act(
        "remove_teaching", EDITORS, needs.remove_teaching, address="<int:pk>/teaching/<int:teaching>/remove/",
        find=_teaching, subject="teaching",
        done=_("Removed."),
        back=lambda visit: needs_url(visit.row.candidate_id),
        records="teaching.removed",
    ),
)  # fmt: skip


def show_contacts(admin: DeskAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show the hromada's contact persons; each view is logged."""
    candidate, by, now = admin.get_row(request, pk), admin.actor(request), timezone.now()
    contacts = list(candidate.hromada.contacts.filter(erased_at__isnull=True))
    for contact in contacts:
        record_view(contact, by=by, at=now, purpose="candidate")
    return page(
        admin,
        request,
        f"{FOLDER}/contacts.html",
        title=_("Contact persons"),
        candidate=candidate,
        contacts=contacts,
        back=admin.url_of(candidate, request),
    )


def _back_from_adding(visit: Visit) -> str:
    """Return the page of the candidate that the hromada is already, or the search."""
    candidate = Candidate.objects.filter(hromada=visit.row).first()
    return str(visit.admin.url_of(candidate) if candidate else visit.admin.url("add"))


def _norwegian_partners(visit: Visit, _candidate: Candidate) -> str:
    partners = candidates.norwegian_partners([visit.row.pk]).get(visit.row.pk)
    if not partners:
        return ""
    text = _("Mind that the hromada has a Norwegian partner already: %(partners)s.")
    return str(text) % {"partners": ", ".join(partners)}


_ADD = Act(
    "add", REVIEWERS, candidates.add_candidate,
    find=lambda visit: get_object_or_404(
        Hromada.objects.select_related("oblast"), pk=id_in(visit.request.POST.get("hromada", ""))
    ),
    subject="hromada",
    done=_("Added as a candidate."), mind=_norwegian_partners,
    back=_back_from_adding, leads_to=lambda visit, candidate: visit.admin.url_of(candidate),
    records="candidate.added",
)  # fmt: skip


def add_found(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Find a hromada by name or code, and add it to the pool."""
    if request.method == "POST":
        return act_view(_ADD)(admin, request)
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    hromadas = list(search_hromadas(words)[: SHOWN + 1]) if words else []
    partners = candidates.norwegian_partners([hromada.pk for hromada in hromadas])
    for hromada in hromadas:
        hromada.norwegian = ", ".join(partners.get(hromada.pk, ()))  # type: ignore[attr-defined]  # read by the page
    context: dict[str, Any] = {
        "words": words,
        "found": hromadas[:SHOWN],
        "more": len(hromadas) > SHOWN,
        "shown": SHOWN,
    }
    return page(admin, request, f"{FOLDER}/add.html", title=_("Add candidate"), **context)


PAGES = (
    Page("contacts", show_contacts, (May.READ_UKRAINIAN_CONTACTS,), "<int:pk>/contacts/"),
    Page("add", add_found, REVIEWERS, "add/", methods=BOTH),
)
