"""AUC's daily work with needs: who waits, one page per hromada with everything on it, and confirming at a stroke."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.desk.act_pages import act_url, page
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates.candidate_page import need_row
from municipalities.admin.needs.need_history import trail
from municipalities.admin.needs.suggestion_words import suggestion_row
from municipalities.admin.registers.labels import age_tag
from municipalities.candidates.candidates import category_on, consents_on
from municipalities.choices import ConsentScope
from municipalities.models import AccessLink, Candidate, Need
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


class NeedWork(ReadAdmin):
    """The pages of AUC's daily work that are not about one need (N-02)."""

    def get_urls(self) -> list[URLPattern]:
        """Each page before the admin's own catch-all."""
        read, edit = May.READ_CANDIDATES, May.EDIT_NEEDS
        drop = act_url(self, self.drop_draft_view, edit, methods=("POST",))
        return [
            path("work/", act_url(self, self.work_view, read), name="municipalities_need_work"),
            path("of/<int:pk>/", act_url(self, self.of_view, read), name="municipalities_need_of"),
            path(
                "of/<int:pk>/history/", act_url(self, self.trail_view, read), name="municipalities_need_trail"
            ),
            path(
                "of/<int:pk>/confirm-all/",
                act_url(self, self.confirm_all_view, edit),
                name="municipalities_need_confirm_all",
            ),
            path("draft/<int:pk>/drop/", drop, name="municipalities_need_drop_draft"),
            *super().get_urls(),
        ]

    def candidate(self, pk: int) -> Candidate:
        """Return the candidate with its place, or 404."""
        return get_object_or_404(Candidate.objects.select_related("hromada__oblast"), pk=pk)

    def work_view(self, request: HttpRequest) -> HttpResponse:
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
            self, request, f"{FOLDER}/work.html", title=title, rows=rows, shown=shown, number=pages.count
        )

    def of_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Everything AUC keeps of one hromada: needs, what it can teach, what it has said, who answers for it."""
        candidate, reader, now = self.candidate(pk), self.actor(request), timezone.now()
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
            self,
            request,
            f"{FOLDER}/hromada.html",
            title=candidate.hromada.place,
            candidate=candidate,
            category=category,
            rows=rows,
            closed=candidate.needs.exclude(pk__in=[row["need"].pk for row in rows]).select_related("theme"),
            suggestions=[suggestion_row(one, reader, today) for one in waiting_of(candidate)],
            teachings=candidate.teachings.select_related("theme"),
            drafts=drafts,
            consent_now=consents_on(today).get(candidate.pk, ConsentScope.NONE).label,
            contacts=self._contacts(request, candidate),
            may_edit=reader.may(May.EDIT_NEEDS),
            may_comment=reader.may(May.COMMENT_NEEDS),
        )

    def _contacts(self, request: HttpRequest, candidate: Candidate) -> list[dict[str, Any]] | None:
        """Return who answers for the hromada, for those who may know; that it was shown is logged."""
        reader = self.actor(request)
        if not reader.may(May.READ_UKRAINIAN_CONTACTS):
            return None
        rows = []
        for contact in current_contacts(candidate.hromada_id):
            record_view(contact, by=reader, at=timezone.now(), purpose="needs page")
            links = AccessLink.objects.filter(contact=contact, revoked_at__isnull=True)
            rows.append({"contact": contact, "link": links.order_by("-id").first()})
        return rows

    def trail_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What happened to the hromada's needs, teaching, consents and suggestions: who, when, before → after."""
        candidate, reader = self.candidate(pk), self.actor(request)
        title = _("History: %(place)s") % {"place": candidate.hromada.place}
        return page(
            self,
            request,
            f"{FOLDER}/history.html",
            title=title,
            candidate=candidate,
            back=needs_url(pk),
            lines=trail(candidate, reader),
        )

    def confirm_all_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """List what would be confirmed as it stands, then confirm what was ticked in the editions that were shown."""
        candidate = self.candidate(pk)
        if request.method == "POST":
            return self._confirm_all(request, candidate)
        today = timezone.localdate()
        current = candidate.needs.current().select_related("theme").order_by("confirmed_on", "urgency")
        rows = [
            {"need": need, "age": age_tag(need.confirmed_on, today), "is_over": _is_over(need)}
            for need in current
        ]
        return page(
            self,
            request,
            f"{FOLDER}/confirm_all.html",
            title=_("Confirm unchanged needs"),
            candidate=candidate,
            rows=rows,
            back=needs_url(pk),
        )

    def _confirm_all(self, request: HttpRequest, candidate: Candidate) -> HttpResponse:
        seen = dict(_numbers(pair) for pair in request.POST.getlist("need"))
        confirmed, left = needs.confirm_needs(
            candidate=candidate, seen=seen, by=self.actor(request), at=timezone.now()
        )
        if confirmed:
            text = ngettext(
                "%(count)d need is confirmed today.", "%(count)d needs are confirmed today.", len(confirmed)
            )
            messages.success(request, text % {"count": len(confirmed)})
        if left:
            names = ", ".join(need.theme.name for need in left)
            messages.warning(
                request,
                _("Not confirmed, because changed meanwhile, closed or run out: %(names)s.")
                % {"names": names},
            )
        if not confirmed and not left:
            messages.warning(request, str(_("Nothing was chosen.")))
        return HttpResponseRedirect(needs_url(candidate.pk))

    def drop_draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give up one's own draft."""
        draft = get_object_or_404(drafts_of(self.actor(request)), pk=pk)
        back = needs_url(draft.candidate_id)
        draft.delete()
        messages.success(request, str(_("The draft is gone.")))
        return HttpResponseRedirect(back)


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
