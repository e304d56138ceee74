"""The desk's pages about responses: the list, the answers in words, and each act of KS at an address of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.admin import ReadAdmin
from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.models import AuditEvent, User
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.visibility import sees_norwegian_contacts
from municipalities.admin.acts import Act, act_page, act_url, conflict, page
from municipalities.admin.response_forms import AskForm, DeferForm, WithdrawForm
from municipalities.answers import Known
from municipalities.drafts import people_values
from municipalities.models import Offer, Response
from municipalities.responses import ask_for_info, defer_response, mark_ready, withdraw_response
from municipalities.states import RESPONSE_TRANSITIONS, ResponseState
from municipalities.summary import parts

ACT_PAGE = "admin/municipalities/response/act.html"
DETAIL_PAGE = "admin/municipalities/response/detail.html"
# The acts of KS, by the state each leads to.
ACTS = (
    ("ready", ResponseState.READY, _("Mark as ready for matching")),
    ("ask", ResponseState.AWAITING_INFO, _("Ask for information")),
    ("defer", ResponseState.DEFERRED, _("Defer")),
    ("withdraw", ResponseState.WITHDRAWN, _("Withdraw for the municipality")),
)


@admin.register(Response)
class ResponseAdmin(ReadAdmin):
    """Responses for KS; AUC has no rights here."""

    list_display = ("reference", "place", "state", "themes", "submitted_at", "ready_at")
    list_filter = ("state", "round", "municipality__county")
    list_select_related = ("municipality__county",)
    search_fields = ("reference", "municipality__name", "municipality__number")
    ordering = ("-submitted_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return responses with the number of themes the last version offers."""
        of_version = Offer.objects.filter(version__response=OuterRef("pk")).order_by()
        counted = of_version.values("version__number").annotate(n=Count("id")).order_by("-version__number").values("n")
        themes = Coalesce(Subquery(counted[:1], IntegerField()), 0)
        found: QuerySet[Any] = super().get_queryset(request).annotate(themes_offered=themes)
        return found

    @admin.display(description=_("Municipality"), ordering="municipality__name")
    def place(self, obj: Response) -> str:
        """Name with county, for names occur twice."""
        return obj.municipality.place

    @admin.display(description=_("Themes"), ordering="themes_offered")
    def themes(self, obj: Any) -> int:
        """How many themes the last version offers."""
        return int(obj.themes_offered)

    def get_urls(self) -> list[URLPattern]:
        """Add an address for each act."""
        acts = [
            path("<int:pk>/ready/", act_url(self, self.ready, May.REVIEW_RESPONSES, methods=("POST",)), name="municipalities_response_ready"),
            path("<int:pk>/ask/", act_url(self, self.ask, May.REVIEW_RESPONSES), name="municipalities_response_ask"),
            path("<int:pk>/defer/", act_url(self, self.defer, May.REVIEW_RESPONSES), name="municipalities_response_defer"),
            path("<int:pk>/withdraw/", act_url(self, self.withdraw, May.REVIEW_RESPONSES), name="municipalities_response_withdraw"),
        ]  # fmt: skip
        return [*acts, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the answers in words, and contact persons to those who may see them; that they were shown is logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        response = _find(object_id)
        actor = self.actor(request)
        versions = list(response.versions.order_by("-number"))
        version = next((v for v in versions if str(v.number) == request.GET.get("version")), versions[0] if versions else None)
        people = _people_shown(response, actor)
        context: dict[str, Any] = {
            "response": response, "versions": versions, "version": version, "acts": _acts(response, actor),
            "parts": parts(version.answers, Known(), people) if version else [], "history": _history(response),
        }  # fmt: skip
        return page(self, request, DETAIL_PAGE, title=response.municipality.place, subtitle=response.reference, **context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The history stands on the response's own page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(f"{_address(_find(object_id))}#history")

    def ready(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark as ready for matching."""
        response = _find(pk)
        try:
            mark_ready(response=response, by=self.actor(request), at=timezone.now())
        except LifecycleError:
            return conflict(request, _address(response))
        messages.success(request, str(_("The response is ready for matching.")))
        return HttpResponseRedirect(_address(response))

    def ask(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask the municipality something."""
        response, now = _find(pk), timezone.now()
        by = self.actor(request)

        def room(data: dict[str, Any]) -> None:
            ask_for_info(response=response, question=data["question"], deadline=data["deadline"], by=by, at=now)

        done = _("The municipality is asked.")
        return self._act(request, response, AskForm, _("Ask for information"), done, room)

    def defer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set the response aside until a date."""
        response, now = _find(pk), timezone.now()
        by = self.actor(request)

        def room(data: dict[str, Any]) -> None:
            defer_response(response=response, reason=data["reason"], wake_on=data["wake_on"], by=by, at=now)

        return self._act(request, response, DeferForm, _("Defer"), _("The response is deferred."), room)

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Withdraw the interest on behalf of the municipality."""
        response, now = _find(pk), timezone.now()
        by = self.actor(request)

        def room(data: dict[str, Any]) -> None:
            withdraw_response(response=response, by=by, at=now, reason=data["reason"])

        title, done = _("Withdraw for the municipality"), _("The interest is withdrawn.")
        return self._act(
            request,
            response,
            WithdrawForm,
            title,
            done,
            room,
            intro=_("This cannot be undone. The municipality can register again."),
        )

    def _act(
        self, request: HttpRequest, response: Response, form: type[forms.Form], title: Any, done: Any, room: Any, intro: Any = ""
    ) -> HttpResponse:
        act = Act(
            title=title, button=title, back=_address(response), done=done, room=room, intro=intro,
            about=f"{response.municipality.place}, {response.reference}", template=ACT_PAGE,
        )  # fmt: skip
        return act_page(self, request, form(request.POST if request.method == "POST" else None), act)


def _find(pk: int | str) -> Response:
    if not str(pk).isdigit():
        raise Http404
    related = ("municipality__county", "round", "contact__municipality", "deputy")
    return get_object_or_404(Response.objects.select_related(*related), pk=pk)


def _address(response: Response) -> str:
    return reverse("admin:municipalities_response_change", args=[response.pk])


def _acts(response: Response, actor: Actor) -> list[tuple[str, Any, str]]:
    """Return (name, label, address) of what the actor can do in this state."""
    if not actor.may(May.REVIEW_RESPONSES):
        return []
    steps = RESPONSE_TRANSITIONS[response.state]
    return [
        (name, label, reverse(f"admin:municipalities_response_{name}", args=[response.pk]))
        for name, state, label in ACTS
        if state in steps
    ]


def _people_shown(response: Response, actor: Actor) -> dict[str, str] | None:
    """Return the contact persons' fields for those who may see them, after logging that they were shown; else None."""
    if not sees_norwegian_contacts(actor, auc_may=settings.AUC_SEES_NORWEGIAN_CONTACTS):
        return None
    for person in (response.contact, response.deputy):
        if person is not None:
            record_view(person, by=actor, at=timezone.now(), purpose="response page")
    return people_values(response)


def _history(response: Response) -> list[dict[str, Any]]:
    """Return what was done with the response, newest first; saves of the draft are left out."""
    events = AuditEvent.objects.filter(object_type="municipalities.response", object_id=str(response.pk))
    rows = list(events.exclude(action="response.draft_saved").order_by("-id"))
    users = {
        user.pk: user.name for user in User.objects.filter(pk__in={row.actor_id for row in rows if row.actor_kind == "user"})
    }
    words = {"contact": _("the municipality"), "system": _("the portal")}
    states = dict(ResponseState.choices)
    return [
        {
            "at": row.at,
            "who": users.get(row.actor_id or 0, "") if row.actor_kind == "user" else words.get(row.actor_kind, ""),
            "what": states.get(row.data.get("to", ""), _("Begun")),
            "reason": row.reason,
        }
        for row in rows
    ]
