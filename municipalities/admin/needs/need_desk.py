"""The desk's needs: what waits for confirmation first, and each act at an address of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.acts import Act, Visit, both_versions
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import Column, Search
from kommunesamarbeid.core.desk.pages import id_in
from kommunesamarbeid.core.history import editions_of
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates.candidate_forms import CommentForm, NeedChangeForm, WithdrawForm
from municipalities.admin.candidates.candidate_list import of_candidates
from municipalities.admin.candidates.candidate_page import history_lines, need_row
from municipalities.admin.needs import hromada_page, need_upload, need_work
from municipalities.admin.needs.draft_forms import DRAFT_PAGE, NeedDrafts, checked, who_was_first
from municipalities.admin.needs.need_work import needs_url
from municipalities.admin.registers.labels import age_tag, place_cell
from municipalities.candidates.candidates import category_on
from municipalities.choices import NeedStatus
from municipalities.models import Need, NeedComment
from municipalities.models.candidate import CURRENT
from municipalities.needs import needs

FOLDER = "admin/municipalities/need"
EDITORS = (May.EDIT_NEEDS,)


def _both_needs(visit: Visit, form: NeedChangeForm, current: Need) -> dict[str, Any]:
    versions = both_versions(form, current, form.changes(), edition=str(current.edition))
    return {**versions, **who_was_first(current, visit.by)}


def _moved_on(_visit: Visit, form: WithdrawForm, current: Need) -> dict[str, Any]:
    """Withdrawing what somebody just changed: the newest edition is confirmed by a second press."""
    return both_versions(form, current, {"status": NeedStatus.WITHDRAWN}, edition=str(current.edition))


def _comment(visit: Visit) -> NeedComment:
    comments = NeedComment.objects.select_related("need")
    return get_object_or_404(comments, pk=visit.names["comment"], need=visit.names["pk"])


def _age(need: Need) -> SafeString | str:
    """Show how old the confirmation is."""
    return age_tag(need.confirmed_on, timezone.localdate()) if need.status in CURRENT else "–"


ACTS = (
    Act(
        "edit", EDITORS, needs.change_need, form=NeedChangeForm,
        initial=lambda visit: NeedChangeForm.initial_for(visit.row),
        values=lambda visit, form: {
            "changes": form.changes(),
            "seen_edition": form.cleaned_data["edition"],
            "is_checked": checked(visit.request),
        },
        drafts=NeedDrafts(), versions=_both_needs,
        title=_("Change need"), done=_("The need is changed and confirmed today."),
        records="need.changed",
    ),
    Act(
        "withdraw", EDITORS, needs.withdraw_need, form=WithdrawForm,
        initial=lambda visit: {"edition": visit.row.edition},
        values=lambda _visit, form: {
            "reason": form.cleaned_data["reason"],
            "seen_edition": form.cleaned_data["edition"],
            "is_checked": form.cleaned_data.get("is_checked", False),
        },
        versions=_moved_on,
        title=_("No longer current"),
        intro=_("The need is closed for good and takes no part in matching. To open it again, add it anew."),
        done=_("The need is closed. It stays in the history."),
        records="need.withdrawn",
    ),
    Act(
        "comment", (May.COMMENT_NEEDS,), needs.comment_need, form=CommentForm,
        title=_("Suggest a change"), done=_("AUC sees your suggestion."),
        records="need.commented",
    ),
    Act(
        "confirm", EDITORS, needs.confirm_need,
        values=lambda visit, _form: {"seen_edition": id_in(visit.request.POST.get("edition", ""))},
        done=_("The need is confirmed today."),
        records="need.confirmed",
    ),
    Act(
        "accept", EDITORS, needs.accept_comment, address="<int:pk>/comments/<int:comment>/accept/",
        find=_comment, subject="comment",
        done=_("The suggestion is accepted."),
        back=lambda visit: needs_url(visit.row.need.candidate_id),
        records="need.comment_accepted",
    ),
)  # fmt: skip


@admin.register(Need)
class NeedAdmin(DeskAdmin):
    """Needs, the longest unconfirmed and most urgent first."""

    subject = "need"
    acts = (*ACTS, *need_work.ACTS, *hromada_page.ACTS)
    pages = (*need_work.PAGES, *need_upload.PAGES)
    search = Search(of_candidates)
    list_title = _("Needs")
    act_template = DRAFT_PAGE
    detail_template = f"{FOLDER}/detail.html"
    change_list_template = f"{FOLDER}/change_list.html"
    list_display = (
        Column("place", _("Place"), lambda need: place_cell(need.candidate), "candidate__hromada__centre_en"),
        "theme",
        "horizon",
        "urgency",
        "status",
        Column("age", _("Confirmed"), _age, "confirmed_on"),
    )
    list_filter = ("status", "urgency", "horizon", ("theme", admin.RelatedFieldListFilter))
    list_select_related = ("candidate__hromada__oblast", "theme")
    show_facets = admin.ShowFacets.NEVER

    def get_ordering(self, request: HttpRequest) -> Any:
        """Current needs before closed ones, then by age and urgency."""
        return (Case(When(status__in=CURRENT, then=0), default=1), "confirmed_on", "urgency", "id")

    def get_row(self, request: HttpRequest, pk: Any) -> Need:
        """Return the need with its candidate's place, or 404."""
        rows = Need.objects.select_related("theme", "confirmed_by", "candidate__hromada__oblast")
        return get_object_or_404(
            rows.prefetch_related("comments__written_by", "comments__accepted_by"), pk=id_in(pk)
        )

    def about(self, row: Any) -> str:
        """The place, the theme and the horizon."""
        if not isinstance(row, Need):
            return ""
        return f"{row.candidate.hromada.place}: {row.theme.name}, {row.get_horizon_display()}"

    def url_of(self, row: Need, request: HttpRequest | None = None) -> str:
        """The page with all needs of the hromada."""
        return needs_url(row.candidate_id)

    def detail(self, request: HttpRequest, row: Need) -> dict[str, Any]:
        """One need with every edition."""
        reader, today = self.actor(request), timezone.localdate()
        return {
            "title": f"{row.theme.name} ({row.get_horizon_display()})",
            "row": need_row(row, category_on(row.candidate, today), reader, today),
            "back": needs_url(row.candidate_id),
            "place": row.candidate.hromada.place,
            "lines": history_lines([("", editions_of(row))], reader),
            "may_edit": reader.may(May.EDIT_NEEDS) and row.status in CURRENT,
            "may_comment": reader.may(May.COMMENT_NEEDS) and row.status in CURRENT,
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The need's page, which shows every edition."""
        return self.change_view(request, object_id)
