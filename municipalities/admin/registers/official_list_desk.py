"""The official list at the desk: a new edition sent, tried and loaded, and the tasks that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kommunesamarbeid.core.desk.acts import Act
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.pages import BOTH, WRITE, Page, id_in
from kommunesamarbeid.core.files.sheets import Table
from kommunesamarbeid.core.form_fields import DayField, TextField
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.roles import Actor, May
from municipalities.admin.candidates.candidate_forms import text
from municipalities.admin.registers.labels import (
    edition_tag,
    kept_status_words,
    new_status_words,
    place_cell,
    signature,
)
from municipalities.admin.registers.upload_pages import FOLDER, FileForm, FileImport
from municipalities.choices import OfficialStatus, ReviewOutcome, UploadKind
from municipalities.models import Candidate, Hromada, ListReview, OfficialListEdition, Upload
from municipalities.official_list.editions import HEADINGS, Order, load_edition, preview_edition, read_edition
from municipalities.official_list.list_reviews import Difference, close_without_change, is_occupied_now

HISTORY_PAGE = "admin/municipalities/officiallistedition/history.html"
REVIEWERS = (May.REVIEW_CANDIDATES,)


class EditionForm(FileForm):
    """An edition and the order that approved it."""

    order_number = TextField(
        label=_("Order"),
        max_length=40,
        help_text=_("Number and date of the order, for example “376 of 28.02.2025”."),
    )
    edition_on = DayField(label=_("Edition date"), help_text=_("The day this edition came into force."))
    source = text(_("Source"), help_text=_("Where the text was read, with later orders that changed it."))
    field_order = ("order_number", "edition_on", "source", "file")


class EditionImport(FileImport):
    """An edition of the official list."""

    kind = UploadKind.EDITION
    title, tried_title = _("Load an edition of the official list"), _("Try the edition")
    page = f"{FOLDER}/edition.html"
    headings = HEADINGS
    form = EditionForm
    first = "add"

    def read(self, name: str, raw: bytes, request: HttpRequest) -> tuple[Table, Table]:
        """Read the edition."""
        table = read_edition(name, raw)
        return table, table

    def facts(self, form: FileForm) -> dict[str, Any]:
        """The order that approved it."""
        data = form.cleaned_data
        edition_on = data["edition_on"].isoformat()
        return {"order_number": data["order_number"], "edition_on": edition_on, "source": data["source"]}

    def effect(self, tried: Table, facts: Mapping[str, Any], by: Actor) -> dict[str, Any]:
        """Show what it says, and what changes for candidates."""
        order = _order(facts)
        preview = preview_edition(order=order, table=tried, by=by, at=timezone.now())
        return {
            "order": order,
            "preview": preview,
            "by_status": [
                (OfficialStatus(code).label, number) for code, number in sorted(preview.by_status.items())
            ],
            "rows": _rows(preview.differences),
            "rules_differ": preview.rule_before not in ("", order.rule_version),
        }

    def apply(self, tried: Table, upload: Upload, *, by: Actor, at: datetime) -> tuple[int, str]:
        """Load it; what it changes for candidates becomes review tasks."""
        loaded = load_edition(order=_order(upload.facts), table=tried, by=by, at=at)
        if loaded.is_same:
            return messages.INFO, str(_("This edition was loaded before. Nothing has changed."))
        text = _("The edition is loaded. Candidates to review: %(n)d.")
        return messages.SUCCESS, str(text) % {"n": len(loaded.tasks)}

    def home(self, admin: DeskAdmin) -> str:
        """The tasks that follow from it."""
        return reverse("admin:municipalities_listreview_changelist")


def _order(facts: Mapping[str, Any]) -> Order:
    return Order(facts["order_number"], date.fromisoformat(facts["edition_on"]), facts["source"])


IMPORT = EditionImport()
EDITION_PAGES = (
    Page("add", IMPORT.send, REVIEWERS, "add/", methods=BOTH),
    Page("load", IMPORT.use, REVIEWERS, "send/<int:pk>/", methods=WRITE),
)


def edition_history(edition: OfficialListEdition, reader: Actor) -> dict[str, Any]:
    """Return who loaded the edition, when, and what the load changed."""
    events = AuditEvent.objects.filter(
        object_type="municipalities.officiallistedition", object_id=str(edition.pk)
    )
    return {
        "title": str(edition),
        "edition": edition,
        "lines": _loads(list(events), reader),
        "tasks": edition.reviews.select_related("candidate__hromada__oblast"),
    }


LOADS = {
    "edition.loaded": _("loaded"),
    "registers.loaded": _("loaded with the registers"),
    "list_review.opened": _("review tasks opened"),
}


def _loads(events: list[AuditEvent], reader: Actor) -> list[tuple[Any, str, Any, Any]]:
    people = User.objects.in_bulk([event.actor_id for event in events if event.actor_id])
    return [
        (
            event.at,
            signature(people.get(event.actor_id or 0), reader),
            LOADS.get(event.action, event.action),
            event.data.get("tasks") or event.data.get("entries") or "",
        )
        for event in events
    ]


def _rows(differences: tuple[Difference, ...]) -> list[dict[str, Any]]:
    places = Hromada.objects.select_related("oblast").in_bulk([change.hromada_id for change in differences])
    return [
        {
            "place": places[change.hromada_id].place,
            "kind": change.kind.label,
            "before": kept_status_words(change.before_status),
            "after": new_status_words(change.before_status, change.after_status),
        }
        for change in differences
    ]


class NoChangeForm(forms.Form):
    """Why the new evidence changes nothing."""

    reason = text(
        _("Reason"), required=True, help_text=_("In a sentence or two that can be read to a mayor.")
    )


class StateFilter(admin.SimpleListFilter):
    """Open tasks first; closed ones on demand."""

    title = _("state")
    parameter_name = "closed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Open is the default, so only the others are named."""
        return [("yes", _("closed")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        """Name the default."""
        choices = list(super().choices(changelist))
        choices[0]["display"] = pgettext_lazy("review tasks", "open")
        return choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the open ones unless told otherwise."""
        if self.value() == "all":
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "yes")


CLOSE = Act(
    "close", REVIEWERS, close_without_change, form=NoChangeForm, address="<int:pk>/no-change/",
    title=_("The category stays as it is"), done=_("The task is closed."),
    records="list_review.no_change",
)  # fmt: skip


def _old_to_new(task: ListReview) -> str:
    before, after = task.before_status, task.after_status
    return f"{kept_status_words(before)} → {new_status_words(before, after)}"


@admin.register(ListReview)
class ListReviewAdmin(DeskAdmin):
    """What the newest editions changed for candidates, old → new.

    Each is closed by a category or by a reason.
    """

    subject = "task"
    acts = (CLOSE,)
    list_title = _("Review tasks from the official list")
    detail_template = "admin/municipalities/listreview/detail.html"
    list_display = (
        Column("place", _("Place"), lambda task: place_cell(task.candidate), "candidate__hromada__centre_en"),
        "kind",
        Column("old_to_new", _("Old → new"), _old_to_new),
        Column(
            "edition_date",
            _("edition of the official list"),
            lambda task: edition_tag(task.edition.edition_on, timezone.localdate()),
            "edition__edition_on",
        ),
        Column("opened_on", _("opened"), lambda task: timezone.localdate(task.opened_at), "opened_at"),
        Column(
            "outcome_words",
            _("outcome"),
            lambda task: ReviewOutcome(task.outcome).label if task.outcome else "–",
        ),
    )
    list_filter = (StateFilter, "kind", "edition")
    list_select_related = ("candidate__hromada__oblast", "edition")
    ordering = (F("closed_at").asc(nulls_first=True), "-edition__edition_on", "candidate__hromada__katottg")
    show_facets = admin.ShowFacets.NEVER

    def get_row(self, request: HttpRequest, pk: Any) -> ListReview:
        """Return the task with all it tells, or 404."""
        tasks = ListReview.objects.select_related(
            "candidate__hromada__oblast", "edition", "before_edition", "closed_by", "assessment"
        )
        return get_object_or_404(tasks, pk=id_in(pk))

    def about(self, row: ListReview) -> str:
        """The place."""
        return row.candidate.hromada.place

    def detail(self, request: HttpRequest, row: ListReview) -> dict[str, Any]:
        """Old → new with sources and dates, the category as it stands, and the two ways to close the task."""
        reader, today, before = self.actor(request), timezone.localdate(), row.before_edition
        return {
            "title": row.candidate.hromada.place,
            "task": row,
            "before_status": kept_status_words(row.before_status),
            "after_status": new_status_words(row.before_status, row.after_status),
            "before": _periods(row.before),
            "after": _periods(row.after),
            "closed_by": signature(row.closed_by, reader),
            "category": row.candidate.category_on(today).label,
            "rules_differ": before is not None and before.rule_version != row.edition.rule_version,
            "needs_not_now": is_occupied_now(row) and _is_open_candidate(row.candidate),
            "may_act": row.closed_at is None and reader.may(May.REVIEW_CANDIDATES),
            "edition_age": edition_tag(row.edition.edition_on, today),
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A task changes once: its page is its history."""
        return self.change_view(request, object_id)


def _is_open_candidate(candidate: Candidate) -> bool:
    return candidate.authority == "unknown" and candidate.state != "not_now"


def _periods(periods: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "status": OfficialStatus(period["status"]).label,
            "territory": period["territory"],
            "is_part": bool(period["part"]),
            "starts_on": parse_date(period["from"]),
            "ends_on": parse_date(period["to"]) if period["to"] else None,
        }
        for period in periods
    ]
