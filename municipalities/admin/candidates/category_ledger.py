"""The ledger of categories at the desk: every step with what it rests on, what waits, and what is due for review."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import Act, act_page, act_url, tap
from kommunesamarbeid.core.desk.folded_filters import FoldedChangeList
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.models import Organisation
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates.candidate_forms import RetractForm
from municipalities.admin.candidates.candidate_list import search
from municipalities.admin.registers.labels import kept_status_words, place_cell
from municipalities.candidates import categories
from municipalities.models import Candidate, CategoryAssessment

SOON = timedelta(days=30)


def ledger_url(candidate_id: int) -> str:
    """Return the address of the ledger on a candidate's page."""
    return reverse("admin:municipalities_candidate_change", args=[candidate_id]) + "#category"


class StandFilter(admin.SimpleListFilter):
    """Where a step stands."""

    title = _("state")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """What waits first."""
        return [
            ("pending", _("waits for the other organisation")),
            ("force", _("in force")),
            ("due", _("review due")),
            ("superseded", _("superseded")),
            ("retracted", _("taken back")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep those."""
        today, value = timezone.localdate(), self.value()
        held = held_now(queryset)
        later = CategoryAssessment.objects.filter(supersedes=OuterRef("pk"), confirmed_at__isnull=False)
        found: dict[str | None, Any] = {
            "pending": queryset.pending(),
            "force": held,
            "due": held.filter(review_due__lte=today + SOON),
            "superseded": queryset.filter(Exists(later)),
            "retracted": queryset.filter(retracted_at__isnull=False),
        }
        return found.get(value, queryset)


def held_now(steps: QuerySet[CategoryAssessment]) -> QuerySet[CategoryAssessment]:
    """Return the steps that are their candidate's category today."""
    today = timezone.localdate()
    last = (
        CategoryAssessment.objects.in_force(today)
        .filter(candidate=OuterRef("candidate"))
        .order_by("-confirmed_at", "-id")
    )
    return steps.filter(pk__in=CategoryAssessment.objects.filter(pk=last.values("pk")[:1]).values("pk"))


@admin.register(CategoryAssessment)
class CategoryAssessmentAdmin(ReadAdmin):
    """The ledger of categories, what waits for the other organisation first."""

    list_display = ("place", "category", "period", "stands", "rests_on", "proposed", "confirmed", "review")
    list_filter = (StandFilter, "category", "damage")
    list_select_related = ("candidate__hromada__oblast", "edition")
    search_fields = ("candidate__hromada__katottg",)
    ordering = (F("confirmed_at").desc(nulls_first=True), "-proposed_at")
    show_facets = admin.ShowFacets.NEVER
    change_list_template = "admin/municipalities/categoryassessment/change_list.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FoldedChangeList]:
        """The list with its filters folded up over it."""
        return FoldedChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each step with whether it is superseded."""
        later = CategoryAssessment.objects.filter(supersedes=OuterRef("pk"), confirmed_at__isnull=False)
        found: QuerySet[Any] = super().get_queryset(request).annotate(is_superseded=Exists(later))
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search in both alphabets, in any case."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(candidate__in=search(Candidate.objects.all(), search_term)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list under its own name."""
        return super().changelist_view(request, {"title": _("Category assessments"), **(extra_context or {})})

    @admin.display(description=_("Place"), ordering="candidate__hromada__centre_en")
    def place(self, obj: CategoryAssessment) -> SafeString:
        """Both names and the oblast."""
        return place_cell(obj.candidate)

    @admin.display(description=_("Period"), ordering="valid_from")
    def period(self, obj: CategoryAssessment) -> str:
        """From the first day to the last; an open end is a dash with nothing after it."""
        end = date_format(obj.valid_to, "SHORT_DATE_FORMAT") if obj.valid_to else ""
        return f"{date_format(obj.valid_from, 'SHORT_DATE_FORMAT')}–{end}"

    @admin.display(description=_("state"))
    def stands(self, obj: Any) -> str:
        """Waits, counts, corrected or taken back."""
        if obj.retracted_at:
            return gettext("taken back")
        if obj.confirmed_at is None:
            return gettext("waits for the other organisation")
        return gettext("superseded") if obj.is_superseded else gettext("confirmed")

    @admin.display(description=_("Rests on"))
    def rests_on(self, obj: CategoryAssessment) -> SafeString:
        """Edition, status in it, and rule version."""
        status = kept_status_words(obj.official_status) if obj.official_status else ""
        return format_html(
            '{}<br><span class="quiet">{}<br>{}</span>',
            obj.edition or "–",
            status,
            gettext(obj.rule_version) if obj.rule_version else "",
        )

    @admin.display(description=_("Proposed"), ordering="proposed_at")
    def proposed(self, obj: CategoryAssessment) -> str:
        """Which organisation, and when."""
        return _step(obj.proposed_for, obj.proposed_at)

    @admin.display(description=_("Confirmed"), ordering="confirmed_at")
    def confirmed(self, obj: CategoryAssessment) -> str:
        """Which organisation, and when."""
        return _step(obj.confirmed_for, obj.confirmed_at) if obj.confirmed_at else "–"

    @admin.display(description=_("Review again by"), ordering="review_due")
    def review(self, obj: CategoryAssessment) -> SafeString | str:
        """The day, marked when it has come."""
        if obj.review_due is None:
            return "–"
        day = date_format(obj.review_due, "SHORT_DATE_FORMAT")
        if obj.review_due > timezone.localdate():
            return day
        return format_html('<span class="desk-tag" data-color="danger">{}: {}</span>', gettext("due"), day)

    def get_urls(self) -> list[URLPattern]:
        """The acts before the admin's own catch-all."""
        confirm = act_url(self, self.confirm_view, May.PROPOSE_CATEGORY, methods=("POST",))
        retract = act_url(self, self.retract_view, May.PROPOSE_CATEGORY)
        return [
            path("<int:pk>/confirm/", confirm, name="municipalities_categoryassessment_confirm"),
            path("<int:pk>/take-back/", retract, name="municipalities_categoryassessment_retract"),
            *super().get_urls(),
        ]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An assessment is read on its candidate's page, beside what it corrects."""
        return self._to_candidate(request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The ledger on the candidate's page is the history."""
        return self._to_candidate(request, object_id)

    def _to_candidate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = get_object_or_404(
            CategoryAssessment, pk=object_id if object_id.isdecimal() and len(object_id) < 13 else 0
        )
        return HttpResponseRedirect(ledger_url(found.candidate_id))

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stand behind what the other organisation proposed."""
        found = get_object_or_404(CategoryAssessment, pk=pk)
        room = partial(
            categories.confirm_category, assessment=found, by=self.actor(request), at=timezone.now()
        )
        return tap(
            request, back=ledger_url(found.candidate_id), done=_("The category is confirmed."), room=room
        )

    def retract_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take back what one's own organisation proposed, with a reason."""
        known = CategoryAssessment.objects.select_related("candidate__hromada__oblast")
        found = get_object_or_404(known, pk=pk)

        def room(data: dict[str, Any]) -> None:
            categories.retract_category(
                assessment=found, reason=data["reason"], by=self.actor(request), at=timezone.now()
            )

        title = _("Take the proposal back")
        act = Act(
            title=title,
            button=title,
            back=ledger_url(found.candidate_id),
            done=_("The proposal is taken back."),
            room=room,
            about=f"{found.candidate.hromada.place}: {found.get_category_display()}",
            intro=_(
                "The row stays in the ledger, marked as taken back. A review task it had answered is opened again."
            ),
        )
        return act_page(self, request, RetractForm(request.POST or None), act)


def _step(organisation: str, at: Any) -> str:
    return f"{Organisation(organisation).label}, {date_format(timezone.localdate(at), 'SHORT_DATE_FORMAT')}"
