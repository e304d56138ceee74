"""The ledger of categories at the desk: each step, what it rests on, what waits and what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import Column, Search
from kommunesamarbeid.core.desk.pages import id_in
from kommunesamarbeid.core.models import Organisation
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates.candidate_forms import RetractForm
from municipalities.admin.candidates.candidate_list import of_candidates
from municipalities.admin.registers.labels import kept_status_words, place_cell
from municipalities.candidates import categories
from municipalities.models import CategoryAssessment

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
        in_force = in_force_now(queryset)
        later = CategoryAssessment.objects.filter(supersedes=OuterRef("pk"), confirmed_at__isnull=False)
        chosen: dict[str | None, Any] = {
            "pending": queryset.pending(),
            "force": in_force,
            "due": in_force.filter(review_due__lte=today + SOON),
            "superseded": queryset.filter(Exists(later)),
            "retracted": queryset.filter(retracted_at__isnull=False),
        }
        return chosen.get(value, queryset)


def in_force_now(steps: QuerySet[CategoryAssessment]) -> QuerySet[CategoryAssessment]:
    """Return the steps that are their candidate's category today."""
    holding = CategoryAssessment.objects.holding("candidate", timezone.localdate())
    return steps.filter(pk__in=CategoryAssessment.objects.filter(pk=holding.values("pk")).values("pk"))


def _stands(step: Any) -> str:
    """Say whether it waits, counts, is corrected or taken back."""
    if step.retracted_at:
        return gettext("taken back")
    if step.confirmed_at is None:
        return gettext("waits for the other organisation")
    return gettext("superseded") if step.is_superseded else gettext("confirmed")


def _period(step: CategoryAssessment) -> str:
    """Show the first day to the last; an open end is a dash with nothing after it."""
    end = date_format(step.valid_to, "SHORT_DATE_FORMAT") if step.valid_to else ""
    return f"{date_format(step.valid_from, 'SHORT_DATE_FORMAT')}–{end}"


def _evidence(step: CategoryAssessment) -> SafeString:
    """Show the edition, the status in it, and the version of the rules."""
    status = kept_status_words(step.official_status) if step.official_status else ""
    return format_html(
        '{}<br><span class="quiet">{}<br>{}</span>',
        step.edition or "–",
        status,
        gettext(step.rule_version) if step.rule_version else "",
    )


def _review_day(step: CategoryAssessment) -> SafeString | str:
    """Show the day, marked when it has come."""
    if step.review_due is None:
        return "–"
    day = date_format(step.review_due, "SHORT_DATE_FORMAT")
    if step.review_due > timezone.localdate():
        return day
    return format_html('<span class="desk-tag" data-color="danger">{}: {}</span>', gettext("due"), day)


def _signed(organisation: str, at: Any) -> str:
    if at is None:
        return "–"
    return f"{Organisation(organisation).label}, {date_format(timezone.localdate(at), 'SHORT_DATE_FORMAT')}"


PROPOSERS = (May.PROPOSE_CATEGORY,)
ACTS = (
    Act(
        "confirm", PROPOSERS, categories.confirm_category,
        done=_("The category is confirmed."),
        records="category.confirmed",
    ),
    Act(
        "retract", PROPOSERS, categories.retract_category, form=RetractForm, address="<int:pk>/take-back/",
        title=_("Take the proposal back"),
        intro=_("The row stays in the ledger, marked as taken back. A review task it had answered is opened again."),
        done=_("The proposal is taken back."),
        records="category.retracted",
    ),
)  # fmt: skip


@admin.register(CategoryAssessment)
class CategoryAssessmentAdmin(DeskAdmin):
    """The ledger of categories, what waits for the other organisation first."""

    subject = "assessment"
    acts = ACTS
    search = Search(of_candidates)
    list_title = _("Category assessments")
    folds_filters = True
    change_list_template = "admin/municipalities/categoryassessment/change_list.html"
    list_display = (
        Column("place", _("Place"), lambda step: place_cell(step.candidate), "candidate__hromada__centre_en"),
        "category",
        Column("period", _("Period"), _period, "valid_from"),
        Column("stands", _("state"), _stands),
        Column("rests_on", _("Rests on"), _evidence),
        Column(
            "proposed",
            _("Proposed"),
            lambda step: _signed(step.proposed_for, step.proposed_at),
            "proposed_at",
        ),
        Column(
            "confirmed",
            _("Confirmed"),
            lambda step: _signed(step.confirmed_for, step.confirmed_at),
            "confirmed_at",
        ),
        Column("review", _("Review again by"), _review_day, "review_due"),
    )
    list_filter = (StandFilter, "category", "damage")
    list_select_related = ("candidate__hromada__oblast", "edition")
    ordering = (F("confirmed_at").desc(nulls_first=True), "-proposed_at")
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each step with whether it is superseded."""
        later = CategoryAssessment.objects.filter(supersedes=OuterRef("pk"), confirmed_at__isnull=False)
        steps: QuerySet[Any] = super().get_queryset(request).annotate(is_superseded=Exists(later))
        return steps

    def get_row(self, request: HttpRequest, pk: Any) -> CategoryAssessment:
        """Return the step with its candidate's place, or 404."""
        steps = CategoryAssessment.objects.select_related("candidate__hromada__oblast")
        return get_object_or_404(steps, pk=id_in(pk))

    def about(self, row: CategoryAssessment) -> str:
        """The place and the category."""
        return f"{row.candidate.hromada.place}: {row.get_category_display()}"

    def url_of(self, row: CategoryAssessment, request: HttpRequest | None = None) -> str:
        """The ledger on the candidate's page."""
        return ledger_url(row.candidate_id)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """An assessment is read on its candidate's page, beside what it corrects."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(self.url_of(self.get_row(request, object_id)))

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The ledger on the candidate's page is the history."""
        return self.change_view(request, object_id)
