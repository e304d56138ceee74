"""The official list at the desk: its editions, a new one sent, tried and loaded, and the tasks that follow from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kommunesamarbeid.core.desk.act_pages import Act, act_page, act_url, page
from kommunesamarbeid.core.desk.pages import ReadAdmin
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
from municipalities.admin.registers.upload_pages import FOLDER, FileForm, columns_of, gone, held, hold, report
from municipalities.choices import OfficialStatus, ReviewOutcome, UploadKind
from municipalities.models import Candidate, Hromada, ListReview, OfficialListEdition
from municipalities.official_list.editions import HEADINGS, Order, load_edition, preview_edition, read_edition
from municipalities.official_list.list_reviews import Difference, close_without_change, is_occupied_now
from municipalities.registers.uploads import use_upload

SEND = "municipalities_officiallistedition_add"


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


class EditionUploads(ReadAdmin):
    """The pages by which a new edition comes in; the edition itself is never edited."""

    def get_urls(self) -> list[URLPattern]:
        """Before the admin's own catch-all."""
        load = act_url(self, self.load_view, May.REVIEW_CANDIDATES, methods=("POST",))
        own = path("send/<int:pk>/", load, name="municipalities_officiallistedition_load")
        return [own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reviews candidates may load an edition, through the room."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take a file; show its faults, or what it would change."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = EditionForm(request.POST or None, request.FILES or None)
        title = _("Load an edition of the official list")
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            raw, name = data["file"].read(), data["file"].name
            table = read_edition(name, raw)
            if table.problems:
                return report(self, request, table, title=title, back=reverse(f"admin:{SEND}"))
            order = Order(data["order_number"], data["edition_on"], data["source"])
            try:
                preview = preview_edition(order=order, table=table, by=self.actor(request), at=timezone.now())
            except Refused as refusal:
                form.add_error(refusal.field, str(refusal))
            else:
                facts = {
                    "order_number": order.order_number,
                    "edition_on": order.edition_on.isoformat(),
                    "source": order.source,
                }
                upload = hold(self, request, UploadKind.EDITION, raw, name, **facts)
                return page(
                    self,
                    request,
                    f"{FOLDER}/edition.html",
                    title=_("Try the edition"),
                    upload=upload,
                    order=order,
                    preview=preview,
                    by_status=[
                        (OfficialStatus(code).label, number)
                        for code, number in sorted(preview.by_status.items())
                    ],
                    rows=_rows(preview.differences),
                    rules_differ=preview.rule_before not in ("", order.rule_version),
                )
        return page(
            self,
            request,
            f"{FOLDER}/form.html",
            title=title,
            form=form,
            columns=columns_of(HEADINGS),
            kind="edition",
        )

    def load_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Load the edition one has seen."""
        upload = held(self, request, UploadKind.EDITION, pk)
        if upload is None:
            return gone(request, reverse(f"admin:{SEND}"))
        at = timezone.now()
        facts = upload.facts
        order = Order(facts["order_number"], parse_date(facts["edition_on"]) or date.min, facts["source"])
        table = read_edition(upload.name, bytes(upload.content))
        try:
            with transaction.atomic():
                if not use_upload(upload, at=at):
                    return gone(request, reverse(f"admin:{SEND}"))
                loaded = load_edition(order=order, table=table, by=self.actor(request), at=at)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse(f"admin:{SEND}"))
        if loaded.is_same:
            messages.info(request, str(_("This edition was loaded before. Nothing has changed.")))
        else:
            messages.success(
                request,
                str(_("The edition is loaded. Candidates to review: %(n)d.")) % {"n": len(loaded.tasks)},
            )
        return HttpResponseRedirect(reverse("admin:municipalities_listreview_changelist"))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who loaded the edition, when, and what the load changed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        edition = get_object_or_404(
            OfficialListEdition, pk=object_id if object_id.isdecimal() and len(object_id) < 13 else 0
        )
        events = AuditEvent.objects.filter(
            object_type="municipalities.officiallistedition", object_id=str(edition.pk)
        )
        return page(
            self,
            request,
            "admin/municipalities/officiallistedition/history.html",
            title=str(edition),
            edition=edition,
            lines=_told(list(events), self.actor(request)),
            tasks=edition.reviews.select_related("candidate__hromada__oblast"),
        )


LOADS = {
    "edition.loaded": _("loaded"),
    "registers.loaded": _("loaded with the registers"),
    "list_review.opened": _("review tasks opened"),
}


def _told(events: list[AuditEvent], reader: Actor) -> list[tuple[Any, str, Any, Any]]:
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
    places = Hromada.objects.select_related("oblast").in_bulk([each.hromada_id for each in differences])
    return [
        {
            "place": places[each.hromada_id].place,
            "kind": each.kind.label,
            "before": kept_status_words(each.before_status),
            "after": new_status_words(each.before_status, each.after_status),
        }
        for each in differences
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
        found = list(super().choices(changelist))
        found[0]["display"] = pgettext_lazy("review tasks", "open")
        return found

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the open ones unless told otherwise."""
        if self.value() == "all":
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "yes")


@admin.register(ListReview)
class ListReviewAdmin(ReadAdmin):
    """What the newest editions changed for candidates, old → new; each is closed by a category or by a reason."""

    list_display = ("place", "kind", "old_to_new", "edition_date", "opened_on", "outcome_words")
    list_filter = (StateFilter, "kind", "edition")
    list_select_related = ("candidate__hromada__oblast", "edition")
    ordering = (F("closed_at").asc(nulls_first=True), "-edition__edition_on", "candidate__hromada__katottg")
    show_facets = admin.ShowFacets.NEVER

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The queue under its own name."""
        return super().changelist_view(
            request, {"title": _("Review tasks from the official list"), **(extra_context or {})}
        )

    @admin.display(description=_("Place"), ordering="candidate__hromada__centre_en")
    def place(self, obj: ListReview) -> SafeString:
        """Both names and the oblast."""
        return place_cell(obj.candidate)

    @admin.display(description=_("Old → new"))
    def old_to_new(self, obj: ListReview) -> str:
        """The status before and after."""
        return f"{kept_status_words(obj.before_status)} → {new_status_words(obj.before_status, obj.after_status)}"

    @admin.display(description=_("edition of the official list"), ordering="edition__edition_on")
    def edition_date(self, obj: ListReview) -> SafeString:
        """The edition's date and age."""
        return edition_tag(obj.edition.edition_on, timezone.localdate())

    @admin.display(description=_("opened"), ordering="opened_at")
    def opened_on(self, obj: ListReview) -> date:
        """The day, without the minute."""
        return timezone.localdate(obj.opened_at)

    @admin.display(description=_("outcome"))
    def outcome_words(self, obj: ListReview) -> str:
        """How it was closed."""
        return str(ReviewOutcome(obj.outcome).label) if obj.outcome else "–"

    def get_urls(self) -> list[URLPattern]:
        """Before the admin's own catch-all."""
        close = act_url(self, self.close_view, May.REVIEW_CANDIDATES)
        return [
            path("<int:pk>/no-change/", close, name="municipalities_listreview_close"),
            *super().get_urls(),
        ]

    def task(self, pk: Any) -> ListReview:
        """Return the task with all it tells, or 404."""
        known = ListReview.objects.select_related(
            "candidate__hromada__oblast", "edition", "before_edition", "closed_by", "assessment"
        )
        return get_object_or_404(known, pk=pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The task: old → new with sources and dates, the category as it stands, and the two ways to close it."""
        return self._task_page(request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A task changes once: its page is its history."""
        return self._task_page(request, object_id)

    def _task_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        task, reader = (
            self.task(object_id if object_id.isdecimal() and len(object_id) < 13 else 0),
            self.actor(request),
        )
        return page(
            self,
            request,
            "admin/municipalities/listreview/detail.html",
            title=task.candidate.hromada.place,
            task=task,
            before_status=kept_status_words(task.before_status),
            after_status=new_status_words(task.before_status, task.after_status),
            before=_periods(task.before),
            after=_periods(task.after),
            closed_by=signature(task.closed_by, reader),
            category=task.candidate.category_on(timezone.localdate()).label,
            rules_differ=task.before_edition is not None
            and task.before_edition.rule_version != task.edition.rule_version,
            needs_not_now=is_occupied_now(task) and _is_open_candidate(task.candidate),
            may_act=task.closed_at is None and reader.may(May.REVIEW_CANDIDATES),
            edition_age=edition_tag(task.edition.edition_on, timezone.localdate()),
        )

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close the task with a reason."""
        task = self.task(pk)
        back = reverse("admin:municipalities_listreview_change", args=[pk])

        def room(data: dict[str, Any]) -> None:
            close_without_change(task=task, reason=data["reason"], by=self.actor(request), at=timezone.now())

        title = _("The category stays as it is")
        act = Act(
            title=title,
            button=title,
            back=back,
            done=_("The task is closed."),
            room=room,
            about=task.candidate.hromada.place,
        )
        return act_page(self, request, NoChangeForm(request.POST or None), act)


def _is_open_candidate(candidate: Candidate) -> bool:
    return candidate.authority == "unknown" and candidate.state != "not_now"


def _periods(periods: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "status": OfficialStatus(each["status"]).label,
            "territory": each["territory"],
            "is_part": bool(each["part"]),
            "starts_on": parse_date(each["from"]),
            "ends_on": parse_date(each["to"]) if each["to"] else None,
        }
        for each in periods
    ]
