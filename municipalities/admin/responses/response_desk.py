"""The desk's pages about responses: the list, the answers in words, and each act of KS at an address of its own."""

from __future__ import annotations

from datetime import datetime, time
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
from post_office.models import STATUS

from kommunesamarbeid.core.accounts import step_up
from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.desk.act_pages import Act, act_page, act_url, conflict, page
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.desk.search import NameSearch
from kommunesamarbeid.core.files import tables
from kommunesamarbeid.core.files.downloads import file_download, pdf_download
from kommunesamarbeid.core.lifecycle import LifecycleError
from kommunesamarbeid.core.mail.mail_names import mail_name
from kommunesamarbeid.core.models import AuditEvent, MailRecord, User
from kommunesamarbeid.core.roles import Actor, May
from kommunesamarbeid.core.visibility import sees_norwegian_contacts
from municipalities.admin.responses.old_form_page import old_form_page
from municipalities.admin.responses.response_forms import (
    AskForm,
    DeferForm,
    ExportForm,
    ExportPeopleForm,
    ReopenForm,
    WithdrawForm,
)
from municipalities.models import ContactPerson, Offer, Response, ResponseVersion
from municipalities.people.own_data import erase_for
from municipalities.questionnaire.answers import Known
from municipalities.questionnaire.journal_pdfs import version_pdf
from municipalities.questionnaire.summary import changes, parts
from municipalities.registers import MUNICIPALITY_FIELDS, fields_of
from municipalities.responses import export
from municipalities.responses.drafts import people_values
from municipalities.responses.joint_applications import members_at, members_of
from municipalities.responses.responses import (
    ask_for_info,
    defer_response,
    mark_ready,
    reopen_response,
    withdraw_response,
)
from municipalities.responses.tallies import tally_answers
from municipalities.states import RESPONSE_TRANSITIONS, ResponseState

ACT_PAGE = "admin/form_page.html"
DETAIL_PAGE = "admin/municipalities/response/detail.html"
TALLIES_PAGE = "admin/municipalities/response/tallies.html"
EXPORT_PAGE = "admin/municipalities/response/export.html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The acts of KS, by the state each leads to.
ACTS = (
    ("ready", ResponseState.READY, _("Mark as ready for matching")),
    ("ask", ResponseState.AWAITING_INFO, _("Ask for information")),
    ("defer", ResponseState.DEFERRED, _("Defer")),
    ("withdraw", ResponseState.WITHDRAWN, _("Withdraw for the municipality")),
)
STATE_WORDS = {0: _("sent"), 1: _("could not be delivered"), 2: _("waits to be sent"), 3: _("is tried again")}


@admin.register(Response)
class ResponseAdmin(NameSearch, ReadAdmin):
    """Responses for KS; AUC has no rights here."""

    list_display = ("reference", "place", "state", "themes", "submitted_at", "ready_at")
    list_filter = ("state", "round", "municipality__county")
    list_select_related = ("municipality__county",)
    search_fields = ("reference", *fields_of(MUNICIPALITY_FIELDS, "municipality"))
    ordering = ("-submitted_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Return responses with the number of themes the last version offers."""
        of_version = Offer.objects.filter(version__response=OuterRef("pk")).order_by()
        counted = (
            of_version.values("version__number")
            .annotate(n=Count("id"))
            .order_by("-version__number")
            .values("n")
        )
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
            path(
                "<int:pk>/ready/",
                act_url(self, self.ready, May.REVIEW_RESPONSES, methods=("POST",)),
                name="municipalities_response_ready",
            ),
            path(
                "<int:pk>/ask/",
                act_url(self, self.ask, May.REVIEW_RESPONSES),
                name="municipalities_response_ask",
            ),
            path(
                "<int:pk>/defer/",
                act_url(self, self.defer, May.REVIEW_RESPONSES),
                name="municipalities_response_defer",
            ),
            path(
                "<int:pk>/withdraw/",
                act_url(self, self.withdraw, May.REVIEW_RESPONSES),
                name="municipalities_response_withdraw",
            ),
            path(
                "<int:pk>/reopen/",
                act_url(self, self.reopen, May.REVIEW_RESPONSES),
                name="municipalities_response_reopen",
            ),
            path(
                "<int:pk>/erase-contact/",
                act_url(self, self.erase_contact, May.REVIEW_RESPONSES),
                name="municipalities_response_erase_contact",
            ),
            path(
                "<int:pk>/pdf/<int:number>/",
                act_url(self, self.pdf, May.READ_RESPONSES, methods=("GET",)),
                name="municipalities_response_pdf",
            ),
            path(
                "old-form/",
                act_url(self, self.old_form, May.REVIEW_RESPONSES),
                name="municipalities_response_old_form",
            ),
            path(
                "tallies/",
                act_url(self, self.tallies, May.READ_RESPONSES, methods=("GET",)),
                name="municipalities_response_tallies",
            ),
            path(
                "export/",
                act_url(self, self.export, May.READ_RESPONSES),
                name="municipalities_response_export",
            ),
            path(
                "export-people/",
                act_url(self, self.export_people, May.READ_NORWEGIAN_CONTACTS),
                name="municipalities_response_export_people",
            ),
        ]
        return [*acts, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer the import to those who may."""
        may_import = (
            self.actor(request).may(May.REVIEW_RESPONSES) if self.has_view_permission(request) else False
        )
        return super().changelist_view(request, {**(extra_context or {}), "may_import": may_import})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the answers in words, and contact persons to those who may see them; that they were shown is logged."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        response = _find(object_id)
        actor = self.actor(request)
        versions = list(response.versions.order_by("-number"))
        version = next(
            (v for v in versions if str(v.number) == request.GET.get("version")),
            versions[0] if versions else None,
        )
        people = _people_shown(response, actor)
        context: dict[str, Any] = {
            "response": response,
            "versions": versions,
            "version": version,
            "acts": _acts(response, actor),
            "parts": parts(version.answers, Known(), people) if version else [],
            "history": _history(response),
            "mails": _mails(response),
            "members": members_of(response),
            "earlier": _earlier(versions, version),
            "changes": _changes(versions, version),
            "may_review": actor.may(May.REVIEW_RESPONSES),
        }
        return page(
            self,
            request,
            DETAIL_PAGE,
            title=response.municipality.place,
            subtitle=response.reference,
            **context,
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
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
            ask_for_info(
                response=response, question=data["question"], deadline=data["deadline"], by=by, at=now
            )

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

    def reopen(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open one municipality's answers again until a date, with a reason (F-23)."""
        response, now = _find(pk), timezone.now()
        by = self.actor(request)

        def room(data: dict[str, Any]) -> None:
            # The day that is written is the last one: it is open until midnight in Oslo.
            until = timezone.make_aware(datetime.combine(data["until"], time.max))
            reopen_response(response=response, until=until, reason=data["reason"], by=by, at=now)

        if response.state in {ResponseState.MATCHED, ResponseState.WITHDRAWN}:
            return conflict(request, _address(response))
        intro = _("What is submitted counts until the municipality submits again. It is told by e-mail.")
        title, done = _("Open the answers again"), _("The answers are open, and the municipality is told.")
        return self._act(request, response, ReopenForm, title, done, room, intro=intro)

    def erase_contact(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Erase a contact person who has asked for it."""
        response, now = _find(pk), timezone.now()
        by, asking = (
            self.actor(request),
            [person for person in (response.contact, response.deputy) if _asks(person)],
        )
        if not asking:
            raise Http404

        def room(data: dict[str, Any]) -> None:
            for person in asking:
                if person is not None:
                    erase_for(contact=person, by=by, at=now)

        intro = _(
            "Name, job title, e-mail address and phone number are erased for good. Ask the municipality to name somebody else first."
        )
        return self._act(
            request,
            response,
            forms.Form,
            _("Erase the contact person"),
            _("The contact person is erased."),
            room,
            intro=intro,
        )

    def pdf(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Give a version as tagged PDF; contact persons only to those who may see them, and that is logged."""
        response = _find(pk)
        related = (
            "response__municipality__county",
            "response__round",
            "response__contact",
            "response__deputy",
        )
        version = get_object_or_404(
            ResponseVersion.objects.select_related(*related), response=response, number=number
        )
        people = _people_shown(response, self.actor(request))
        members = members_at(response, version.submitted_at)
        name = f"{response.reference}-v{version.number}.pdf"
        return pdf_download(
            request, lambda: version_pdf(version=version, people=people, members=members), name
        )

    def old_form(self, request: HttpRequest) -> HttpResponse:
        """Import what the old Office form gathered."""
        return old_form_page(self, request, by=self.actor(request))

    def tallies(self, request: HttpRequest) -> HttpResponse:
        """Show how the municipalities have answered, question by question."""
        found = tally_answers(by=self.actor(request))
        return page(
            self, request, TALLIES_PAGE, title=_("All answers together"), subtitle=None, tallies=found
        )

    def export(self, request: HttpRequest) -> HttpResponse:
        """Give every submission as a table without contact persons: `?state=` and `?format=csv|xlsx`."""
        form = ExportForm(request.GET or None)
        if request.GET and form.is_valid():
            return _table(form.cleaned_data, by=self.actor(request))
        return page(
            self,
            request,
            EXPORT_PAGE,
            title=_("Export responses"),
            subtitle=None,
            form=form,
            with_people=False,
        )

    def export_people(self, request: HttpRequest) -> HttpResponse:
        """Give the table with contact persons: after a fresh second factor, with a reason, audited."""
        if (way := step_up(request)) is not None:
            return way
        form = ExportPeopleForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return _table(form.cleaned_data, by=self.actor(request), people=True)
        title = _("Export responses with contact persons")
        return page(self, request, EXPORT_PAGE, title=title, subtitle=None, form=form, with_people=True)

    def _act(
        self,
        request: HttpRequest,
        response: Response,
        form: type[forms.Form],
        title: Any,
        done: Any,
        room: Any,
        intro: Any = "",
    ) -> HttpResponse:
        act = Act(
            title=title,
            button=title,
            back=_address(response),
            done=done,
            room=room,
            intro=intro,
            about=f"{response.municipality.place}, {response.reference}",
            template=ACT_PAGE,
        )
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
    extra = (
        [("reopen", _("Open the answers again"))]
        if response.state not in {ResponseState.MATCHED, ResponseState.WITHDRAWN}
        else []
    )
    if _asks(response.contact) or _asks(response.deputy):
        extra.append(("erase_contact", _("Erase the contact person")))
    offered = [(name, label) for name, state, label in ACTS if state in steps] + extra
    return [
        (name, label, reverse(f"admin:municipalities_response_{name}", args=[response.pk]))
        for name, label in offered
    ]


def _asks(person: ContactPerson | None) -> bool:
    return person is not None and person.erased_at is None and person.erasure_asked_at is not None


def _mails(response: Response) -> list[dict[str, Any]]:
    """Return what was told about the case and whether it came out; never to whom by name."""
    sent = (
        MailRecord.objects.filter(case_reference=response.reference).select_related("email").order_by("-id")
    )
    return [
        {
            "what": mail_name(mail.template),
            "language": mail.language,
            "after": mail.send_after,
            "office": mail.recipient_kind == "office",
            "failed": mail.email is not None and mail.email.status == STATUS.failed,
            "state": _("taken back")
            if mail.cancelled_at
            else STATE_WORDS.get(mail.email.status if mail.email else 0, ""),
        }
        for mail in sent
    ]


def _earlier(versions: list[ResponseVersion], version: ResponseVersion | None) -> ResponseVersion | None:
    """Return the version before the one shown."""
    return next((other for other in versions if version is not None and other.number < version.number), None)


def _changes(versions: list[ResponseVersion], version: ResponseVersion | None) -> list[Any]:
    earlier = _earlier(versions, version)
    return (
        changes(earlier.answers, version.answers, Known())
        if version is not None and earlier is not None
        else []
    )


def _table(data: dict[str, Any], *, by: Actor, people: bool = False) -> HttpResponse:
    """Return the table as the file that was asked for."""
    states = [data["state"]] if data["state"] else []
    lines = export.rows(by=by, at=timezone.now(), states=states, people=people, reason=data.get("reason", ""))
    keys = export.columns(people=people)
    name = f"svar-{timezone.localdate().isoformat()}"
    if data["format"] == "csv":
        return file_download(tables.as_csv(keys, lines), f"{name}.csv", tables.CSV_TYPE)
    return file_download(tables.as_xlsx(keys, lines, title="Svar"), f"{name}.xlsx", XLSX)


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
        user.pk: user.name
        for user in User.objects.filter(pk__in={row.actor_id for row in rows if row.actor_kind == "user"})
    }
    words = {"contact": _("the municipality"), "system": _("the portal")}
    states = dict(ResponseState.choices)
    return [
        {
            "at": row.at,
            "who": users.get(row.actor_id or 0, "")
            if row.actor_kind == "user"
            else words.get(row.actor_kind, ""),
            "what": states.get(row.data.get("to", ""), _("Begun")),
            "reason": row.reason,
        }
        for row in rows
    ]
