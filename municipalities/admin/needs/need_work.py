"""AUC's daily work with needs: who waits, one page per hromada with all of it, and confirming all at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.desk.acts import Act, Visit
from kommunesamarbeid.core.desk.desk_admin import DeskAdmin
from kommunesamarbeid.core.desk.pages import Page, page
from kommunesamarbeid.core.roles import Actor, May
from municipalities.admin.candidates.candidate_page import need_row
from municipalities.admin.needs.need_history import trail
from municipalities.admin.needs.suggestion_words import suggestion_row
from municipalities.admin.registers.labels import age_tag
from municipalities.candidates.candidates import category_on, consents_on
from municipalities.choices import ConsentScope
from municipalities.models import AccessLink, Candidate, Need, NeedDraft
from municipalities.needs import needs
from municipalities.needs.need_drafts import drafts_of
from municipalities.needs.suggestions import waiting_of
from municipalities.needs.waiting_hromadas import is_due, waiting_candidates
from municipalities.people.hromada_links import current_contacts

FOLDER = "admin/municipalities/need"
PER_PAGE = 50


def needs_url(candidate_id: int) -> str:
    """Return the address of the page with all of a hromada's needs."""
    return reverse("admin:municipalities_need_of", args=[candidate_id])


def _candidate(pk: int) -> Candidate:
    """Return the candidate with its place, or 404."""
    return get_object_or_404(Candidate.objects.select_related("hromada__oblast"), pk=pk)


def show_work(admin: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Who waits for AUC, the longest first."""
    today = timezone.localdate()
    pages = Paginator(waiting_candidates(today), PER_PAGE)
    shown = pages.get_page(request.GET.get("page"))
    rows = [{"candidate": candidate, "age": age_tag(candidate.oldest_on, today)} for candidate in shown]
    title = ngettext(
        "%(count)d hromada waits for confirmation",
        "%(count)d hromadas wait for confirmation",
        pages.count,
    ) % {"count": pages.count}
    return page(
        admin, request, f"{FOLDER}/work.html", title=title, rows=rows, shown=shown, number=pages.count
    )


def show_hromada(admin: DeskAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Everything AUC keeps of one hromada: needs, what it can teach, what it has said, who answers for it."""
    candidate, reader, now = _candidate(pk), admin.actor(request), timezone.now()
    today = timezone.localdate(now)
    category = category_on(candidate, today)
    current = candidate.needs.current().select_related("theme", "confirmed_by")
    rows = [
        {**need_row(need, category, reader, today), "is_due": is_due(need, today)}
        for need in current.prefetch_related("comments__written_by", "comments__accepted_by").order_by(
            "confirmed_on", "urgency"
        )
    ]
    drafts = list(drafts_of(reader).filter(candidate=candidate).select_related("need__theme"))
    return page(
        admin,
        request,
        f"{FOLDER}/hromada.html",
        title=candidate.hromada.place,
        candidate=candidate,
        category=category,
        rows=rows,
        closed=candidate.needs.exclude(pk__in=[row["need"].pk for row in rows]).select_related("theme"),
        suggestions=[suggestion_row(row, reader, today) for row in waiting_of(candidate)],
        teachings=candidate.teachings.select_related("theme"),
        drafts=drafts,
        consent_now=consents_on(today).get(candidate.pk, ConsentScope.NONE).label,
        contacts=_contacts(admin, request, candidate),
        may_edit=reader.may(May.EDIT_NEEDS),
        may_comment=reader.may(May.COMMENT_NEEDS),
    )


def _contacts(admin: DeskAdmin, request: HttpRequest, candidate: Candidate) -> list[dict[str, Any]] | None:
    """Return who answers for the hromada, for those who may know; that it was shown is logged."""
    reader = admin.actor(request)
    if not reader.may(May.READ_UKRAINIAN_CONTACTS):
        return None
    rows = []
    for contact in current_contacts(candidate.hromada_id):
        record_view(contact, by=reader, at=timezone.now(), purpose="needs page")
        links = AccessLink.objects.filter(contact=contact, revoked_at__isnull=True)
        rows.append({"contact": contact, "link": links.order_by("-id").first()})
    return rows


def show_trail(admin: DeskAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """What happened to the hromada's needs, teaching, consents and suggestions: who, when, before → after."""
    candidate, reader = _candidate(pk), admin.actor(request)
    title = _("History: %(place)s") % {"place": candidate.hromada.place}
    return page(
        admin,
        request,
        f"{FOLDER}/history.html",
        title=title,
        candidate=candidate,
        back=needs_url(pk),
        lines=trail(candidate, reader),
    )


def _to_confirm(visit: Visit) -> dict[str, Any]:
    """List what would be confirmed as it stands."""
    today = timezone.localdate(visit.at)
    current = visit.row.needs.current().select_related("theme").order_by("confirmed_on", "urgency")
    return {
        "candidate": visit.row,
        "rows": [
            {"need": need, "age": age_tag(need.confirmed_on, today), "is_over": _is_over(need)}
            for need in current
        ],
    }


def _confirmed(_visit: Visit, outcome: tuple[list[Need], list[Need]]) -> str:
    number = len(outcome[0])
    if not number:
        return ""
    text = ngettext("%(count)d need is confirmed today.", "%(count)d needs are confirmed today.", number)
    return text % {"count": number}


def _not_confirmed(_visit: Visit, outcome: tuple[list[Need], list[Need]]) -> str:
    confirmed, left = outcome
    if left:
        names = ", ".join(need.theme.name for need in left)
        return _("Not confirmed, because changed meanwhile, closed or run out: %(names)s.") % {"names": names}
    return "" if confirmed else str(_("Nothing was chosen."))


def _drop(*, draft: NeedDraft, by: Actor, at: datetime) -> None:
    """Give up one's own draft."""
    draft.delete()


def _is_over(need: Need) -> bool:
    today = timezone.localdate()
    return any(day is not None and day < today for day in (need.valid_to, need.urgent_to))


def _numbers(pair: str) -> tuple[int, int]:
    """Read "id:edition"; what is neither finds nothing."""
    number, _mark, edition = pair.partition(":")
    return (
        (int(number), int(edition))
        if number.isdecimal() and edition.isdecimal() and len(pair) < 30
        else (0, 0)
    )


READERS, EDITORS = (May.READ_CANDIDATES,), (May.EDIT_NEEDS,)
PAGES = (
    Page("work", show_work, READERS, "work/"),
    Page("of", show_hromada, READERS, "of/<int:pk>/"),
    Page("trail", show_trail, READERS, "of/<int:pk>/history/"),
)
ACTS = (
    Act(
        "confirm_all", EDITORS, needs.confirm_needs, form=forms.Form, address="of/<int:pk>/confirm-all/",
        find=lambda visit: _candidate(visit.names["pk"]), subject="candidate",
        values=lambda visit, _form: {
            "seen": dict(_numbers(pair) for pair in visit.request.POST.getlist("need"))
        },
        title=_("Confirm unchanged needs"), button=_("Confirm what is ticked"),
        done=_confirmed, mind=_not_confirmed,
        back=lambda visit: needs_url(visit.row.pk), template=f"{FOLDER}/confirm_all.html",
        context=_to_confirm,
        records="need.confirmed",
    ),
    Act(
        "drop_draft", EDITORS, _drop, address="draft/<int:pk>/drop/",
        find=lambda visit: get_object_or_404(drafts_of(visit.by), pk=visit.names["pk"]), subject="draft",
        done=_("The draft is gone."),
        back=lambda visit: needs_url(visit.row.candidate_id),
    ),
)  # fmt: skip
