"""One candidate at the desk: its page, its history, and its acts, each at an address of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.admin import ReadAdmin
from kommunesamarbeid.core.roles import May
from municipalities import candidates, needs
from municipalities.admin.acts import Act, Version, act_page, act_url, both_versions, page, tap
from municipalities.admin.candidate_forms import (
    CategoryForm,
    ConsentForm,
    DescribeForm,
    MoveForm,
    NeedForm,
    TeachingForm,
)
from municipalities.admin.candidate_list import search_hromadas
from municipalities.admin.candidate_page import candidate_context, history_lines
from municipalities.admin.need_drafting import checked, draft_page
from municipalities.admin.need_work import needs_url
from municipalities.admin.words import status_words
from municipalities.choices import NeedVisibility
from municipalities.history import editions_of
from municipalities.models import Candidate, Hromada, Teaching
from municipalities.official_list import latest_edition, status_of

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
            ("add_need", self.add_need_view, May.EDIT_NEEDS),
            ("add_teaching", self.add_teaching_view, May.EDIT_NEEDS),
        )
        own = [
            path(f"<int:pk>/{verb.replace('_', '-')}/", act_url(self, view, power), name=f"municipalities_candidate_{verb}")
            for verb, view, power in acts
        ]
        remove = act_url(self, self.remove_teaching_view, May.EDIT_NEEDS, methods=("POST",))
        own.append(path("<int:pk>/teaching/<int:teaching>/remove/", remove, name="municipalities_candidate_remove_teaching"))
        return [*own, *super().get_urls()]

    def candidate(self, pk: Any) -> Candidate:
        """Return the candidate with its place, or 404."""
        return get_object_or_404(Candidate.objects.select_related("hromada__oblast"), pk=pk)

    def home(self, candidate: Candidate) -> str:
        """Return the address of the candidate's page."""
        return reverse("admin:municipalities_candidate_change", args=[candidate.pk])

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever reviews candidates may add one, through the room."""
        return self.actor(request).may(May.REVIEW_CANDIDATES)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The candidate's page: read here, acted on at the addresses it links to."""
        self._require_view(request)
        candidate = self.candidate(_number(object_id))
        context = candidate_context(candidate, self.actor(request), timezone.now())
        return page(self, request, f"{FOLDER}/detail.html", title=_heading(candidate), **context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Every edition of the candidate and of its needs: when, who, before → after."""
        self._require_view(request)
        candidate = self.candidate(_number(object_id))
        parts = [(str(_("Candidate")), editions_of(candidate))]
        parts += [(need.theme.name, editions_of(need)) for need in candidate.needs.select_related("theme")]
        lines = history_lines(parts, self.actor(request))
        title = _("History: %(place)s") % {"place": candidate.hromada.place}
        return page(
            self, request, f"{FOLDER}/history.html", title=title, candidate=candidate, back=self.home(candidate), lines=lines
        )

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Find a hromada by name or code and add it to the pool."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._add(request)
        words = request.GET.get("q", "").replace("\0", "").strip()[:100]
        found = list(search_hromadas(words)[: SHOWN + 1]) if words else []
        context: dict[str, Any] = {"words": words, "found": found[:SHOWN], "more": len(found) > SHOWN, "shown": SHOWN}
        return page(self, request, f"{FOLDER}/add.html", title=_("Add candidate"), **context)

    def _add(self, request: HttpRequest) -> HttpResponse:
        hromada = get_object_or_404(Hromada.objects.select_related("oblast"), pk=_number(request.POST.get("hromada", "")))
        added: list[Candidate] = []
        known = Candidate.objects.filter(hromada=hromada).first()
        act = partial(candidates.add_candidate, hromada=hromada, by=self.actor(request), at=timezone.now())
        answer = tap(
            request, back=self.home(known) if known else reverse("admin:municipalities_candidate_add"),
            done=_("Added as a candidate."), room=lambda: added.append(act()),
        )  # fmt: skip
        if added:
            answer["Location"] = self.home(added[0])
        return answer

    def category_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Propose a category, with the official list of today as evidence beside it."""
        candidate, now = self.candidate(pk), timezone.now()
        edition = latest_edition()
        official = status_words(status_of([candidate.hromada_id], edition).get(candidate.hromada_id)) if edition else ""
        stored = _status_code(candidate) if edition else ""

        def room(data: dict[str, Any]) -> None:
            candidates.propose_category(
                candidate=candidate, by=self.actor(request), at=now, edition=edition, official_status=stored, **data
            )

        act = self._act(candidate, _("Propose category"), _("Proposed. The other organisation must confirm."), room)
        act.extra = {"official": official, "edition": edition}
        form = CategoryForm(request.POST or None, initial={"valid_from": timezone.localdate(now)})
        return act_page(self, request, form, act)

    def consent_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record what the candidate has agreed to."""
        candidate, now = self.candidate(pk), timezone.now()

        def room(data: dict[str, Any]) -> None:
            candidates.record_consent(candidate=candidate, by=self.actor(request), at=now, **data)

        form = ConsentForm(request.POST or None, initial={"given_on": timezone.localdate(now)})
        return act_page(self, request, form, self._act(candidate, _("Record consent"), _("The consent is recorded."), room))

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the review state, from the state the page showed."""
        candidate = self.candidate(pk)

        def room(data: dict[str, Any]) -> None:
            candidate.state = data["seen"]  # the compare-and-swap is with what the reader saw
            candidates.move_candidate(
                candidate=candidate, to=data["to"], reason=data["reason"], by=self.actor(request), at=timezone.now()
            )

        form = MoveForm(request.POST.get("seen") or candidate.state, request.POST or None)
        return act_page(self, request, form, self._act(candidate, _("Change state"), _("The state is changed."), room))

    def describe_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write what is known of the candidate."""
        candidate = self.candidate(pk)
        form = DescribeForm(request.POST or None, initial=DescribeForm.initial_for(candidate))

        def room(data: dict[str, Any]) -> None:
            candidates.describe_candidate(
                candidate=candidate, changes=form.changes(), by=self.actor(request), at=timezone.now(),
                seen_at=data["seen_at"],
            )  # fmt: skip

        act = self._act(candidate, _("Describe the candidate"), _("Saved."), room)
        act.versions = _both_descriptions
        return act_page(self, request, form, act)

    def add_need_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a need."""
        candidate = self.candidate(pk)

        def room(data: dict[str, Any]) -> None:
            needs.add_need(candidate=candidate, by=self.actor(request), at=timezone.now(), is_checked=checked(request), **data)

        make = partial(NeedForm, initial={"visibility": NeedVisibility.INTERNAL})
        act = self._act(candidate, _("Add need"), _("The need is added."), room)
        act.back = needs_url(candidate.pk)
        return draft_page(self, request, make, act, candidate=candidate, need=None)

    def add_teaching_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a theme the candidate can teach."""
        candidate = self.candidate(pk)

        def room(data: dict[str, Any]) -> None:
            needs.add_teaching(candidate=candidate, by=self.actor(request), at=timezone.now(), **data)

        form = TeachingForm(request.POST or None)
        act = self._act(candidate, _("Add what it can teach"), _("Added."), room)
        act.back = needs_url(candidate.pk)
        return act_page(self, request, form, act)

    def remove_teaching_view(self, request: HttpRequest, pk: int, teaching: int) -> HttpResponse:
        """Take a theme off what the candidate can teach; it can be added again."""
        found = get_object_or_404(Teaching.objects.select_related("theme", "candidate"), pk=teaching, candidate=pk)
        room = partial(needs.remove_teaching, teaching=found, by=self.actor(request), at=timezone.now())
        return tap(request, back=needs_url(found.candidate_id), done=_("Removed."), room=room)

    def _act(self, candidate: Candidate, title: Any, done: Any, room: Any) -> Act:
        return Act(title=title, button=title, back=self.home(candidate), done=done, room=room, about=candidate.hromada.place)


def _number(value: str) -> int:
    """Return an id from an address; what is no number finds nothing."""
    return int(value) if value.isdecimal() and len(value) < 19 else 0


def _heading(candidate: Candidate) -> str:
    return f"{candidate.hromada.centre_uk} · {candidate.hromada.centre_en} ({candidate.hromada.oblast})"


def _status_code(candidate: Candidate) -> str:
    """Return the official status as it is kept with an assessment: code, whole or part (read by `kept_status_words`)."""
    found = status_of([candidate.hromada_id]).get(candidate.hromada_id)
    if found is None or not (found.whole or found.part):
        return "none"
    return f"{found.whole} whole" if found.whole else f"{found.part} part"


def _both_descriptions(form: DescribeForm, current: Candidate) -> list[Version]:
    return both_versions(form, current, form.changes(), seen_at=current.updated_at.isoformat())
