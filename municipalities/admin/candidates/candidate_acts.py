"""One candidate at the desk: its page, its history, and its acts, each at an address of its own."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.audit import record_view
from kommunesamarbeid.core.desk.act_pages import Act, Version, act_page, act_url, both_versions, page, tap
from kommunesamarbeid.core.desk.pages import ReadAdmin
from kommunesamarbeid.core.roles import May
from municipalities.admin.candidates.candidate_forms import (
    CategoryForm,
    ConsentForm,
    DescribeForm,
    MoveForm,
    NeedForm,
    TeachingForm,
)
from municipalities.admin.candidates.candidate_list import KEPT, ordered_ids, place_in_list, search_hromadas
from municipalities.admin.candidates.candidate_page import candidate_context, candidate_lines
from municipalities.admin.needs.draft_forms import checked, draft_page
from municipalities.admin.needs.need_work import needs_url
from municipalities.admin.registers.labels import edition_tag, status_words
from municipalities.candidates import candidates, categories
from municipalities.choices import NeedVisibility
from municipalities.models import Candidate, Hromada, Teaching
from municipalities.needs import needs
from municipalities.official_list import list_reviews
from municipalities.registers.official_statuses import kept_status, latest_edition, status_of

FOLDER = "admin/municipalities/candidate"
SHOWN = 50


class CandidateActs(ReadAdmin):
    """The pages and acts of one candidate."""

    def get_urls(self) -> list[URLPattern]:
        """Each act before the admin's own catch-all."""
        acts = (
            ("category", self.category_view, May.PROPOSE_CATEGORY),
            ("consent", self.consent_view, May.REVIEW_CANDIDATES),
            ("describe", self.describe_view, May.REVIEW_CANDIDATES),
            ("move", self.move_view, May.REVIEW_CANDIDATES),
            ("contacts", self.contacts_view, May.READ_UKRAINIAN_CONTACTS),
            ("add_need", self.add_need_view, May.EDIT_NEEDS),
            ("add_teaching", self.add_teaching_view, May.EDIT_NEEDS),
        )
        own = [
            path(
                f"<int:pk>/{verb.replace('_', '-')}/",
                act_url(self, view, power),
                name=f"municipalities_candidate_{verb}",
            )
            for verb, view, power in acts
        ]
        remove = act_url(self, self.remove_teaching_view, May.EDIT_NEEDS, methods=("POST",))
        own.append(
            path(
                "<int:pk>/teaching/<int:teaching>/remove/",
                remove,
                name="municipalities_candidate_remove_teaching",
            )
        )
        return [*own, *super().get_urls()]

    def candidate(self, pk: Any) -> Candidate:
        """Return the candidate with its place, or 404."""
        return get_object_or_404(Candidate.objects.select_related("hromada__oblast"), pk=pk)

    def home(self, candidate: Candidate, request: HttpRequest | None = None) -> str:
        """Return the address of the candidate's page, with the list's filters that the request came with."""
        return reverse("admin:municipalities_candidate_change", args=[candidate.pk]) + (
            filters_of(request) if request else ""
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reviews candidates may add one, through the room."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The candidate's page: read here, acted on at the addresses it links to."""
        self._require_view(request)
        candidate = self.candidate(_number(object_id))
        context = candidate_context(candidate, self.actor(request), timezone.now())
        context |= self._place(request, candidate)
        return page(self, request, f"{FOLDER}/detail.html", title=_heading(candidate), **context)

    def _place(self, request: HttpRequest, candidate: Candidate) -> dict[str, Any]:
        """Return where one is in the list one came from, and the way to its neighbours with the filter kept."""
        filters = request.GET.get(KEPT, "")
        if KEPT not in request.GET:
            return {"place": None, "kept": ""}
        ids = ordered_ids(self, request, filters)
        kept = filters_of(request)
        back = reverse("admin:municipalities_candidate_changelist") + (f"?{filters}" if filters else "")
        return {"place": place_in_list(ids or [], candidate.pk), "kept": kept, "list_url": back}

    def contacts_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the hromada's contact persons; each view is logged."""
        candidate, by, now = self.candidate(pk), self.actor(request), timezone.now()
        contacts = list(candidate.hromada.contacts.filter(erased_at__isnull=True))
        for contact in contacts:
            record_view(contact, by=by, at=now, purpose="candidate")
        return page(
            self,
            request,
            f"{FOLDER}/contacts.html",
            title=_("Contact persons"),
            candidate=candidate,
            contacts=contacts,
            back=self.home(candidate, request),
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Every edition of the candidate and of what is kept about it: when, who, before → after."""
        self._require_view(request)
        candidate, reader = self.candidate(_number(object_id)), self.actor(request)
        title = _("History: %(place)s") % {"place": candidate.hromada.place}
        return page(
            self,
            request,
            "admin/municipalities/history.html",
            title=title,
            candidate=candidate,
            back=self.home(candidate, request),
            lines=candidate_lines(candidate, reader),
        )

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Find a hromada by name or code and add it to the pool."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._add(request)
        words = request.GET.get("q", "").replace("\0", "").strip()[:100]
        found = list(search_hromadas(words)[: SHOWN + 1]) if words else []
        partners = candidates.norwegian_partners([hromada.pk for hromada in found])
        for hromada in found:
            hromada.norwegian = ", ".join(partners.get(hromada.pk, ()))  # type: ignore[attr-defined]  # read by the page
        context: dict[str, Any] = {
            "words": words,
            "found": found[:SHOWN],
            "more": len(found) > SHOWN,
            "shown": SHOWN,
        }
        return page(self, request, f"{FOLDER}/add.html", title=_("Add candidate"), **context)

    def _add(self, request: HttpRequest) -> HttpResponse:
        hromada = get_object_or_404(
            Hromada.objects.select_related("oblast"), pk=_number(request.POST.get("hromada", ""))
        )
        added: list[Candidate] = []
        known = Candidate.objects.filter(hromada=hromada).first()
        act = partial(candidates.add_candidate, hromada=hromada, by=self.actor(request), at=timezone.now())
        answer = tap(
            request,
            back=self.home(known) if known else reverse("admin:municipalities_candidate_add"),
            done=_("Added as a candidate."),
            room=lambda: added.append(act()),
        )
        if added:
            answer["Location"] = self.home(added[0])
            if partners := candidates.norwegian_partners([hromada.pk]).get(hromada.pk):
                text = _("Mind that the hromada has a Norwegian partner already: %(partners)s.")
                messages.warning(request, str(text) % {"partners": ", ".join(partners)})
        return answer

    def category_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Propose a category, with the official list of today as evidence beside it."""
        candidate, now = self.candidate(pk), timezone.now()
        edition = latest_edition()
        official = (
            status_words(status_of([candidate.hromada_id], edition).get(candidate.hromada_id))
            if edition
            else ""
        )
        stored = (
            kept_status(status_of([candidate.hromada_id], edition).get(candidate.hromada_id))
            if edition
            else ""
        )
        task = candidate.list_reviews.open().filter(pk=_number(request.GET.get("task", ""))).first()

        @transaction.atomic
        def room(data: dict[str, Any]) -> None:
            by = self.actor(request)
            assessment = categories.propose_category(
                candidate=candidate, by=by, at=now, edition=edition, official_status=stored, **data
            )
            if task is not None:
                list_reviews.close_with_assessment(task=task, assessment=assessment, by=by, at=now)

        done = _("Proposed. The other organisation must confirm.")
        act = self._act(request, candidate, _("Propose category"), done, room)
        act.extra = {
            "official": official,
            "edition": edition,
            "edition_age": edition and edition_tag(edition.edition_on, now.date()),
        }
        form = CategoryForm(request.POST or None, initial={"valid_from": timezone.localdate(now)})
        return act_page(self, request, form, act)

    def consent_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record what the candidate has agreed to."""
        candidate, now = self.candidate(pk), timezone.now()

        def room(data: dict[str, Any]) -> None:
            candidates.record_consent(candidate=candidate, by=self.actor(request), at=now, **data)

        form = ConsentForm(request.POST or None, initial={"given_on": timezone.localdate(now)})
        return act_page(
            self,
            request,
            form,
            self._act(request, candidate, _("Record consent"), _("The consent is recorded."), room),
        )

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the review state, from the state the page showed."""
        candidate = self.candidate(pk)

        def room(data: dict[str, Any]) -> None:
            candidate.state = data["seen"]  # the compare-and-swap is with what the reader saw
            candidates.move_candidate(
                candidate=candidate,
                to=data["to"],
                reason=data["reason"],
                by=self.actor(request),
                at=timezone.now(),
                despite_partner=data.get("despite_partner", False),
            )

        partners = candidates.norwegian_partners([candidate.hromada_id]).get(candidate.hromada_id, ())
        form = MoveForm(
            request.POST.get("seen") or candidate.state,
            request.POST or None,
            partners=partners,
            initial={
                "seen": candidate.state,
                "to": request.GET.get("to"),
                "reason": request.GET.get("reason", "")[:300],
            },
        )
        return act_page(
            self,
            request,
            form,
            self._act(request, candidate, _("Change state"), _("The state is changed."), room),
        )

    def describe_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write what is known of the candidate."""
        candidate = self.candidate(pk)
        form = DescribeForm(request.POST or None, initial=DescribeForm.initial_for(candidate))

        def room(data: dict[str, Any]) -> None:
            candidates.describe_candidate(
                candidate=candidate,
                changes=form.changes(),
                by=self.actor(request),
                at=timezone.now(),
                seen_at=data["seen_at"],
            )

        act = self._act(request, candidate, _("Describe the candidate"), _("Saved."), room)
        act.versions = _both_descriptions
        return act_page(self, request, form, act)

    def add_need_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a need."""
        candidate = self.candidate(pk)

        def room(data: dict[str, Any]) -> None:
            needs.add_need(
                candidate=candidate,
                by=self.actor(request),
                at=timezone.now(),
                is_checked=checked(request),
                **data,
            )

        make = partial(NeedForm, initial={"visibility": NeedVisibility.INTERNAL})
        act = self._act(request, candidate, _("Add need"), _("The need is added."), room)
        act.back = needs_url(candidate.pk)
        return draft_page(self, request, make, act, candidate=candidate, need=None)

    def add_teaching_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a theme the candidate can teach."""
        candidate = self.candidate(pk)

        def room(data: dict[str, Any]) -> None:
            needs.add_teaching(candidate=candidate, by=self.actor(request), at=timezone.now(), **data)

        form = TeachingForm(request.POST or None)
        act = self._act(request, candidate, _("Add what it can teach"), _("Added."), room)
        act.back = needs_url(candidate.pk)
        return act_page(self, request, form, act)

    def remove_teaching_view(self, request: HttpRequest, pk: int, teaching: int) -> HttpResponse:
        """Take a theme off what the candidate can teach; it can be added again."""
        found = get_object_or_404(
            Teaching.objects.select_related("theme", "candidate"), pk=teaching, candidate=pk
        )
        room = partial(needs.remove_teaching, teaching=found, by=self.actor(request), at=timezone.now())
        return tap(request, back=needs_url(found.candidate_id), done=_("Removed."), room=room)

    def _act(self, request: HttpRequest, candidate: Candidate, title: Any, done: Any, room: Any) -> Act:
        return Act(
            title=title,
            button=title,
            back=self.home(candidate, request),
            done=done,
            room=room,
            about=candidate.hromada.place,
        )


def _number(value: str) -> int:
    """Return an id from an address; what is no number finds nothing."""
    return int(value) if value.isdecimal() and len(value) < 19 else 0


def _heading(candidate: Candidate) -> str:
    return f"{candidate.hromada.centre_uk} · {candidate.hromada.centre_en} ({candidate.hromada.oblast})"


def filters_of(request: HttpRequest) -> str:
    """Return the list's filters that the address carries, as a query to carry on; blank without."""
    return f"?{urlencode({KEPT: request.GET[KEPT].replace(chr(0), '')})}" if KEPT in request.GET else ""


def _both_descriptions(form: DescribeForm, current: Candidate) -> list[Version]:
    return both_versions(form, current, form.changes(), seen_at=current.updated_at.isoformat())
