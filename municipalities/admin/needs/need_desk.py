"""The desk's needs: what waits for confirmation first, and each act at an address of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import Act, Version, act_page, act_url, both_versions, page, tap
from kommunesamarbeid.core.history import editions_of
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates.candidate_forms import CommentForm, NeedChangeForm, WithdrawForm
from municipalities.admin.candidates.candidate_list import search
from municipalities.admin.candidates.candidate_page import history_lines, need_row
from municipalities.admin.needs.draft_forms import FORM_PAGE, checked, draft_page
from municipalities.admin.needs.hromada_page import NeedHromada
from municipalities.admin.needs.need_upload import NeedUploads
from municipalities.admin.needs.need_work import NeedWork, needs_url
from municipalities.admin.registers.labels import age_tag, place_cell
from municipalities.candidates.candidates import category_on
from municipalities.choices import NeedStatus
from municipalities.models import Candidate, Need, NeedComment
from municipalities.models.candidate import CURRENT
from municipalities.needs import needs

FOLDER = "admin/municipalities/need"


def candidate_url(candidate_id: int) -> str:
    """Return the address of a candidate's page."""
    return reverse("admin:municipalities_candidate_change", args=[candidate_id])


@admin.register(Need)
class NeedAdmin(NeedWork, NeedHromada, NeedUploads):
    """Needs, the longest unconfirmed and most urgent first."""

    change_list_template = f"{FOLDER}/change_list.html"
    list_display = ("place", "theme", "horizon", "urgency", "status", "age")
    list_filter = ("status", "urgency", "horizon", ("theme", admin.RelatedFieldListFilter))
    list_select_related = ("candidate__hromada__oblast", "theme")
    search_fields = ("candidate__hromada__katottg",)
    show_facets = admin.ShowFacets.NEVER

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list under its own name."""
        return super().changelist_view(request, {"title": _("Needs"), **(extra_context or {})})

    def get_ordering(self, request: HttpRequest) -> Any:
        """Current needs before closed ones, then by age and urgency."""
        return (Case(When(status__in=CURRENT, then=0), default=1), "confirmed_on", "urgency", "id")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search in both alphabets, in any case."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(candidate__in=search(Candidate.objects.all(), search_term)), False

    @admin.display(description=_("Place"), ordering="candidate__hromada__centre_en")
    def place(self, obj: Need) -> SafeString:
        """Both names and the oblast."""
        return place_cell(obj.candidate)

    @admin.display(description=_("Confirmed"), ordering="confirmed_on")
    def age(self, obj: Need) -> SafeString | str:
        """How old the confirmation is."""
        return age_tag(obj.confirmed_on, timezone.localdate()) if obj.status in CURRENT else "–"

    def get_urls(self) -> list[URLPattern]:
        """Each act before the admin's own catch-all."""
        forms_ = (
            ("edit", self.edit_view, May.EDIT_NEEDS),
            ("withdraw", self.withdraw_view, May.EDIT_NEEDS),
            ("comment", self.comment_view, May.COMMENT_NEEDS),
        )
        own = [
            path(f"<int:pk>/{verb}/", act_url(self, view, power), name=f"municipalities_need_{verb}")
            for verb, view, power in forms_
        ]
        confirm = act_url(self, self.confirm_view, May.EDIT_NEEDS, methods=("POST",))
        accept = act_url(self, self.accept_view, May.EDIT_NEEDS, methods=("POST",))
        own.append(path("<int:pk>/confirm/", confirm, name="municipalities_need_confirm"))
        own.append(path("<int:pk>/comments/<int:comment>/accept/", accept, name="municipalities_need_accept"))
        return [*own, *super().get_urls()]

    def need(self, pk: Any) -> Need:
        """Return the need with its candidate's place, or 404."""
        known = Need.objects.select_related("theme", "confirmed_by", "candidate__hromada__oblast")
        return get_object_or_404(
            known.prefetch_related("comments__written_by", "comments__accepted_by"), pk=pk
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The need's page."""
        return self._need_page(request, object_id)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The need's page, which shows every edition."""
        return self._need_page(request, object_id)

    def _need_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        need, reader, today = (
            self.need(object_id if object_id.isdecimal() else 0),
            self.actor(request),
            timezone.localdate(),
        )
        return page(
            self,
            request,
            f"{FOLDER}/detail.html",
            title=f"{need.theme.name} ({need.get_horizon_display()})",
            row=need_row(need, category_on(need.candidate, today), reader, today),
            back=needs_url(need.candidate_id),
            place=need.candidate.hromada.place,
            lines=history_lines([("", editions_of(need))], reader),
            may_edit=reader.may(May.EDIT_NEEDS) and need.status in CURRENT,
            may_comment=reader.may(May.COMMENT_NEEDS) and need.status in CURRENT,
        )

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change a need; when somebody else was first, both versions are shown."""
        need = self.need(pk)

        def room(data: dict[str, Any]) -> None:
            changes = {name: value for name, value in data.items() if name != "edition"}
            needs.change_need(
                need=need,
                seen_edition=data["edition"],
                changes=changes,
                by=self.actor(request),
                at=timezone.now(),
                is_checked=checked(request),
            )

        act = self._act(need, _("Change need"), _("The need is changed and confirmed today."), room)
        act.versions = _both_needs
        make = partial(NeedChangeForm, initial=NeedChangeForm.initial_for(need))
        return draft_page(self, request, make, act, candidate=need.candidate, need=need)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask before a need is closed for good."""
        need = self.need(pk)

        def room(data: dict[str, Any]) -> None:
            needs.withdraw_need(
                need=need,
                reason=data["reason"],
                seen_edition=data["edition"],
                by=self.actor(request),
                at=timezone.now(),
                is_checked=data.get("is_checked", False),
            )

        act = self._act(need, _("No longer current"), _("The need is closed. It stays in the history."), room)
        act.intro = _(
            "The need is closed for good and takes no part in matching. To open it again, add it anew."
        )
        act.versions = _moved_on
        return act_page(
            self, request, WithdrawForm(request.POST or None, initial={"edition": need.edition}), act
        )

    def comment_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Suggest something to AUC."""
        need = self.need(pk)

        def room(data: dict[str, Any]) -> None:
            needs.comment_need(need=need, by=self.actor(request), at=timezone.now(), **data)

        act = self._act(need, _("Suggest a change"), _("AUC sees your suggestion."), room)
        return act_page(self, request, CommentForm(request.POST or None), act)

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm in one tap the edition that was shown."""
        need = self.need(pk)
        seen = request.POST.get("edition", "")
        room = partial(
            needs.confirm_need,
            need=need,
            by=self.actor(request),
            at=timezone.now(),
            seen_edition=int(seen) if seen.isdecimal() else 0,
        )
        return tap(
            request, back=needs_url(need.candidate_id), done=_("The need is confirmed today."), room=room
        )

    def accept_view(self, request: HttpRequest, pk: int, comment: int) -> HttpResponse:
        """Accept KS's suggestion in one tap."""
        found = get_object_or_404(NeedComment.objects.select_related("need"), pk=comment, need=pk)
        room = partial(needs.accept_comment, comment=found, by=self.actor(request), at=timezone.now())
        return tap(
            request, back=needs_url(found.need.candidate_id), done=_("The suggestion is accepted."), room=room
        )

    def _act(self, need: Need, title: Any, done: Any, room: Any) -> Act:
        about = f"{need.candidate.hromada.place}: {need.theme.name}, {need.get_horizon_display()}"
        return Act(
            template=FORM_PAGE,
            title=title,
            button=title,
            back=needs_url(need.candidate_id),
            done=done,
            room=room,
            about=about,
        )


def _both_needs(form: NeedChangeForm, current: Need) -> list[Version]:
    return both_versions(form, current, form.changes(), edition=str(current.edition))


def _moved_on(form: WithdrawForm, current: Need) -> list[Version]:
    """Withdrawing what somebody just changed: the newest edition is confirmed by a second press."""
    return both_versions(form, current, {"status": NeedStatus.WITHDRAWN}, edition=str(current.edition))
