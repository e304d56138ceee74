"""The desk's responses: the list, the answers in words, and each act of KS at an address of its own."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from post_office.models import STATUS

from kommunesamarbeid.core.accounts.login import step_up
from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.desk.act_pages import conflict
from kommunesamarbeid.core.desk.acts import Act, Visit, step_to
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.pages import BOTH, Page, id_in, page
from kommunesamarbeid.core.files import tables
from kommunesamarbeid.core.files.downloads import file_download, pdf_download
from kommunesamarbeid.core.mail.letters import mail_name
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
from municipalities.questionnaire.answers import Codebook
from municipalities.questionnaire.journal_pdfs import version_pdf
from municipalities.questionnaire.summary import changes, parts
from municipalities.registers import MUNICIPALITY_FIELDS, fields_of
from municipalities.responses import export
from municipalities.responses.drafts import people_values
from municipalities.responses.joint_applications import members_at, members_of
from municipalities.responses.references import read_reference
from municipalities.responses.responses import (
    ask_for_info,
    defer_response,
    mark_ready,
    reopen_response,
    withdraw_response,
)
from municipalities.responses.tallies import tally_answers
from municipalities.states import ResponseState

TALLIES_PAGE = "admin/municipalities/response/tallies.html"
EXPORT_PAGE = "admin/municipalities/response/export.html"
STATE_WORDS = {0: _("sent"), 1: _("could not be delivered"), 2: _("waits to be sent"), 3: _("is tried again")}


def _reopen(*, response: Response, until: date, reason: str, by: Actor, at: datetime) -> None:
    """Open the answers; the day that is written is the last one: it is open until midnight in Oslo."""
    end = timezone.make_aware(datetime.combine(until, time.max))
    reopen_response(response=response, until=end, reason=reason, by=by, at=at)


def _still_open(response: Response, _reader: Actor, _at: datetime) -> bool:
    return response.state not in {ResponseState.MATCHED, ResponseState.WITHDRAWN}


def _unless_settled(visit: Visit) -> HttpResponse | None:
    return None if _still_open(visit.row, visit.by, visit.at) else conflict(visit.request, visit.back)


def _asking(response: Response) -> list[ContactPerson]:
    """Return who has asked to be erased."""
    people = (response.contact, response.deputy)
    return [person for person in people if person is not None and _asks(person)]


def _somebody_asks(visit: Visit) -> None:
    if not _asking(visit.row):
        raise Http404


def _erase(*, response: Response, by: Actor, at: datetime) -> None:
    for person in _asking(response):
        erase_for(contact=person, by=by, at=at)


REVIEWERS, READERS = (May.REVIEW_RESPONSES,), (May.READ_RESPONSES,)
ACTS = (
    Act(
        "ready", REVIEWERS, mark_ready,
        is_open=step_to(ResponseState.READY), is_main=True,
        label=_("Mark as ready for matching"), done=_("The response is ready for matching."),
        records="response.ready",
    ),
    Act(
        "ask", REVIEWERS, ask_for_info, form=AskForm,
        is_open=step_to(ResponseState.AWAITING_INFO),
        title=_("Ask for information"), done=_("The municipality is asked."),
        records="response.awaiting_info",
    ),
    Act(
        "defer", REVIEWERS, defer_response, form=DeferForm,
        is_open=step_to(ResponseState.DEFERRED),
        title=_("Defer"), done=_("The response is deferred."),
        records="response.deferred",
    ),
    Act(
        "withdraw", REVIEWERS, withdraw_response, form=WithdrawForm,
        is_open=step_to(ResponseState.WITHDRAWN),
        title=_("Withdraw for the municipality"),
        intro=_("This cannot be undone. The municipality can register again."),
        done=_("The interest is withdrawn."),
        records="response.withdrawn",
    ),
    Act(
        "reopen", REVIEWERS, _reopen, form=ReopenForm,
        is_open=_still_open, gate=_unless_settled,
        title=_("Open the answers again"),
        intro=_("What is submitted counts until the municipality submits again. It is told by e-mail."),
        done=_("The answers are open, and the municipality is told."),
        records="response.reopened",
    ),
    Act(
        "erase_contact", REVIEWERS, _erase, form=forms.Form,
        is_open=lambda response, _reader, _at: bool(_asking(response)), gate=_somebody_asks,
        title=_("Erase the contact person"),
        intro=_("Name, job title, e-mail address and phone number are erased for good. Ask the municipality to name somebody else first."),
        done=_("The contact person is erased."),
        records="contact.erased",
    ),
)  # fmt: skip


def show_pdf(admin: DeskAdmin, request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Give a version as tagged PDF; contact persons only to those who may see them, and that is logged."""
    response = admin.get_row(request, pk)
    related = (
        "response__municipality__county",
        "response__round",
        "response__contact",
        "response__deputy",
    )
    versions = ResponseVersion.objects.select_related(*related)
    version = get_object_or_404(versions, response=response, number=number)
    people = _people_shown(response, admin.actor(request))
    members = members_at(response, version.submitted_at)
    name = f"{response.reference}-v{version.number}.pdf"
    return pdf_download(request, lambda: version_pdf(version=version, people=people, members=members), name)


def show_tallies(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Show how the municipalities have answered, question by question."""
    tallies = tally_answers(by=admin.actor(request))
    return page(admin, request, TALLIES_PAGE, title=_("All answers together"), tallies=tallies)


def export_answers(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Give every submission as a table without contact persons: `?state=` and `?format=csv|xlsx`."""
    form = ExportForm(request.GET or None)
    if request.GET and form.is_valid():
        return _table(form.cleaned_data, by=admin.actor(request))
    return page(admin, request, EXPORT_PAGE, title=_("Export responses"), form=form, with_people=False)


def export_people(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Give the table with contact persons: after a fresh second factor, with a reason, audited."""
    if (way := step_up(request)) is not None:
        return way
    form = ExportPeopleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _table(form.cleaned_data, by=admin.actor(request), people=True)
    title = _("Export responses with contact persons")
    return page(admin, request, EXPORT_PAGE, title=title, form=form, with_people=True)


PAGES = (
    Page("pdf", show_pdf, READERS, "<int:pk>/pdf/<int:number>/"),
    Page("tallies", show_tallies, READERS, "tallies/", label=_("All answers together")),
    Page("export", export_answers, READERS, "export/", methods=BOTH, label=_("Export")),
    Page("export_people", export_people, (May.READ_NORWEGIAN_CONTACTS,), "export-people/", methods=BOTH),
    Page(
        "old_form",
        old_form_page,
        REVIEWERS,
        "old-form/",
        methods=BOTH,
        label=_("Import from the old form"),
    ),
)


@admin.register(Response)
class ResponseAdmin(DeskAdmin):
    """Responses for KS; AUC has no rights here."""

    subject = "response"
    acts = ACTS
    pages = PAGES
    detail_template = "admin/municipalities/response/detail.html"
    list_display = (
        "reference",
        # Name with county, for names occur twice.
        Column("place", _("Municipality"), lambda row: row.municipality.place, "municipality__name"),
        "state",
        # How many the last version offers.
        Column("themes", _("Themes"), lambda row: row.themes_offered, "themes_offered"),
        "submitted_at",
        "ready_at",
    )
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
        responses: QuerySet[Any] = super().get_queryset(request).annotate(themes_offered=themes)
        return responses

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by municipality, or by a reference number as it is heard on the telephone."""
        return super().get_search_results(request, queryset, read_reference(search_term) or search_term)

    def get_row(self, request: HttpRequest, pk: Any) -> Response:
        """Return the response with what its pages name, or 404."""
        related = ("municipality__county", "round", "contact__municipality", "deputy")
        return get_object_or_404(Response.objects.select_related(*related), pk=id_in(pk))

    def about(self, row: Response) -> str:
        """The municipality and the reference."""
        return f"{row.municipality.place}, {row.reference}"

    def detail(self, request: HttpRequest, row: Response) -> dict[str, Any]:
        """The answers in words, and contact persons to those who may see them.

        That they were shown is logged.
        """
        actor = self.actor(request)
        versions = list(row.versions.order_by("-number"))
        asked_for = (version for version in versions if str(version.number) == request.GET.get("version"))
        version = next(asked_for, versions[0] if versions else None)
        people = _people_shown(row, actor)
        return {
            "title": row.municipality.place,
            "subtitle": row.reference,
            "response": row,
            "versions": versions,
            "version": version,
            "acts": self.open_acts(row, actor, timezone.now()),
            "parts": parts(version.answers, Codebook(), people) if version else [],
            "history": _history(row),
            "mails": _mails(row),
            "members": members_of(row),
            "earlier": _earlier(versions, version),
            "changes": _changes(versions, version),
            "may_review": actor.may(May.REVIEW_RESPONSES),
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The history stands on the response's own page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(f"{self.url_of(self.get_row(request, object_id))}#history")


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
        changes(earlier.answers, version.answers, Codebook())
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
    return file_download(tables.as_xlsx(keys, lines, title="Svar"), f"{name}.xlsx", tables.XLSX_TYPE)


def _people_shown(response: Response, actor: Actor) -> dict[str, str] | None:
    """Return the contact persons' fields for those who may see them, after logging that they were shown.

    Else None.
    """
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
