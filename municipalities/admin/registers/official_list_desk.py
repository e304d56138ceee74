"""The official list at the desk: a new edition sent, tried and loaded, and the tasks that follow from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kommunesamarbeid.core.desk.acts import Act
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.pages import BOTH, WRITE, Page, id_in, page
from kommunesamarbeid.core.form_fields import DayField, TextField
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import Actor, May
from municipalities.admin.candidates.candidate_forms import text
from municipalities.admin.registers.labels import (
    edition_tag,
    kept_status_words,
    new_status_words,
    place_cell,
    signature,
)
from municipalities.admin.registers.upload_pages import (
    FOLDER,
    FileForm,
    columns_of,
    file_is_gone,
    report,
    store_file,
    stored_file,
)
from municipalities.choices import OfficialStatus, ReviewOutcome, UploadKind
from municipalities.models import Candidate, Hromada, ListReview, OfficialListEdition
from municipalities.official_list.editions import HEADINGS, Order, load_edition, preview_edition, read_edition
from municipalities.official_list.list_reviews import Difference, close_without_change, is_occupied_now
from municipalities.registers.uploads import use_upload

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


def send_edition(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Take a file; show its faults, or what it would change."""
    form = EditionForm(request.POST or None, request.FILES or None)
    title = _("Load an edition of the official list")
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        raw, name = data["file"].read(), data["file"].name
        table = read_edition(name, raw)
        if table.problems:
            return report(admin, request, table, title=title, back=admin.url("add"))
        order = Order(data["order_number"], data["edition_on"], data["source"])
        try:
            preview = preview_edition(order=order, table=table, by=admin.actor(request), at=timezone.now())
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            facts = {
                "order_number": order.order_number,
                "edition_on": order.edition_on.isoformat(),
                "source": order.source,
            }
            upload = store_file(admin, request, UploadKind.EDITION, raw, name, **facts)
            return page(
                admin,
                request,
                f"{FOLDER}/edition.html",
                title=_("Try the edition"),
                upload=upload,
                order=order,
                preview=preview,
                by_status=[
                    (OfficialStatus(code).label, number) for code, number in sorted(preview.by_status.items())
                ],
                rows=_rows(preview.differences),
                rules_differ=preview.rule_before not in ("", order.rule_version),
            )
    return page(
        admin,
        request,
        f"{FOLDER}/form.html",
        title=title,
        form=form,
        columns=columns_of(HEADINGS),
        kind="edition",
    )


def use_edition(admin: DeskAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Load the edition one has seen."""
    upload = stored_file(admin, request, UploadKind.EDITION, pk)
    if upload is None:
        return file_is_gone(request, admin.url("add"))
    at = timezone.now()
    facts = upload.facts
    order = Order(facts["order_number"], parse_date(facts["edition_on"]) or date.min, facts["source"])
    table = read_edition(upload.name, bytes(upload.content))
    try:
        with transaction.atomic():
            if not use_upload(upload, at=at):
                return file_is_gone(request, admin.url("add"))
            loaded = load_edition(order=order, table=table, by=admin.actor(request), at=at)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(admin.url("add"))
    if loaded.is_same:
        messages.info(request, str(_("This edition was loaded before. Nothing has changed.")))
    else:
        messages.success(
            request,
            str(_("The edition is loaded. Candidates to review: %(n)d.")) % {"n": len(loaded.tasks)},
        )
    return HttpResponseRedirect(reverse("admin:municipalities_listreview_changelist"))


EDITION_PAGES = (
    Page("add", send_edition, REVIEWERS, "add/", methods=BOTH),
    Page("load", use_edition, REVIEWERS, "send/<int:pk>/", methods=WRITE),
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
    records="list_review.closed",
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
    act_template = "admin/form_page.html"
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
