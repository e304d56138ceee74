"""The desk's proposals: the list of what published runs propose, one page per pair, and each decision at its own address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kommunesamarbeid.core.accounts import step_up
from kommunesamarbeid.core.desk.act_pages import Act, Overtaken, act_page, page
from kommunesamarbeid.core.desk.search import NameSearch
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.roles import Actor, May, NotAllowed
from kommunesamarbeid.core.templatetags.ui import points as in_thousands
from matching.admin.proposals import bulk_pages, case_pages, decision_log, pair_pages, queue_pages
from matching.admin.proposals.decision_forms import ApproveForm, ReasonForm, RejectForm, SeenForm
from matching.admin.proposals.decision_page import decision_context, pair_name, told
from matching.choices import DecisionKind, Verdict
from matching.decisions import decisions, workload
from matching.models import Decision, Proposal
from matching.pairs.capacity import AlreadyPartners, NoCapacity
from matching.states import UNDECIDED, RunState
from municipalities.choices import Category
from municipalities.registers import HROMADA_FIELDS, MUNICIPALITY_FIELDS, fields_of

KEPT_FILTERS = "_changelist_filters"
FORM_PAGE, APPROVE_PAGE = "admin/form_page.html", "admin/matching/proposal/approve.html"
Room = Callable[[dict[str, Any]], str | None]


class StaleFilter(admin.SimpleListFilter):
    """Proposals whose data have changed since they were computed."""

    title = _("data")
    parameter_name = "stale"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice beside all."""
        return [("1", _("changed since the run"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only undecided ones: what is decided stands."""
        return queryset.filter(stale=True, state__in=UNDECIDED) if self.value() == "1" else queryset


@admin.register(Proposal)
class ProposalAdmin(NameSearch, TrailAdmin):
    """Proposals for KS and AUC; a run's proposals are here from the day it is published for review."""

    list_display = ("pair", "county", "oblast", "category", "score", "state", "freshness", "run")
    list_display_links = ("pair",)
    change_list_template = "admin/matching/proposal/change_list.html"
    actions = ("approve_several",)  # type: ignore[assignment]  # the desk's lists have none unless one is opened on purpose
    list_filter = (
        "state",
        StaleFilter,
        "origin",
        ("assigned_to", admin.RelatedOnlyFieldListFilter),
        "run",
        ("response__municipality__county", admin.RelatedOnlyFieldListFilter),
        ("candidate__hromada__oblast", admin.RelatedOnlyFieldListFilter),
        "assessment__category",
    )
    search_fields = (
        *fields_of(MUNICIPALITY_FIELDS, "response__municipality"),
        *fields_of(HROMADA_FIELDS, "candidate__hromada"),
    )
    search_help_text = _("Municipality, settlement, number or KATOTTG")
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-run_id", "-points", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        """Only what a published run proposes, with everything a row or a page names."""
        decided = Decision.objects.select_related("decided_by").order_by("id")
        found: QuerySet[Proposal] = super().get_queryset(request).filter(run__state=RunState.PUBLISHED)
        return (
            workload.with_staleness(found)
            .select_related(
                "assigned_to",
                "run",
                "assessment",
                "version",
                "response__municipality__county",
                "candidate__hromada__oblast",
            )
            .prefetch_related(Prefetch("decisions", decided))
        )

    @admin.display(description=_("Pair"), ordering="response__municipality__name")
    def pair(self, obj: Proposal) -> str:
        """The pair; the link to its page."""
        return pair_name(obj)

    @admin.display(description=_("County"), ordering="response__municipality__county__name")
    def county(self, obj: Proposal) -> str:
        """Where the Norwegian side lies."""
        return str(obj.response.municipality.county)

    @admin.display(description=_("Oblast"), ordering="candidate__hromada__oblast__name_en")
    def oblast(self, obj: Proposal) -> str:
        """Where the Ukrainian side lies."""
        return str(obj.candidate.hromada.oblast)

    @admin.display(description=_("Category"), ordering="assessment__category")
    def category(self, obj: Proposal) -> str:
        """The category the run counted with."""
        return str(Category(obj.assessment.category).label)

    @admin.display(description=_("Data"), ordering="stale")
    def freshness(self, obj: Any) -> SafeString | str:
        """Whether a need or an answer has changed since the run."""
        if not obj.stale or obj.state not in UNDECIDED:
            return ""
        return format_html(
            '<span class="desk-tag" data-color="warning">{}</span>', _("changed since the run")
        )

    @admin.display(description=_("Score"), ordering="points")
    def score(self, obj: Proposal) -> SafeString:
        """Points of 10,000, as a number and a bar."""
        number = in_thousands(obj.points)
        bar = (
            '<span class="desk-nowrap"><meter class="desk-meter desk-meter--small" min="0" max="10000" value="{}"'
            ' aria-hidden="true"></meter> {}</span>'
        )
        return format_html(bar, obj.points, number)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Who has a case stays within KS."""
        assigned = ("assigned_to", admin.RelatedOnlyFieldListFilter)
        return [each for each in self.list_filter if each != assigned or self.actor(request).is_of_ks]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Nor is it asked for by an address written by hand."""
        of_ks = self.actor(request).is_of_ks
        return (of_ks or not lookup.startswith("assigned_to")) and super().lookup_allowed(
            lookup, value, request
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Approving several is for whoever may approve one; nothing else is done from the list."""
        may = any(self.actor(request).may(power) for power in bulk_pages.DECIDERS)
        return {
            name: found
            for name, found in super().get_actions(request).items()
            if may and name == "approve_several"
        }

    @admin.action(description=_("Approve the chosen proposals"))
    def approve_several(self, request: HttpRequest, queryset: QuerySet[Proposal]) -> HttpResponse:
        """Go to the page that confirms."""
        ids = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True)[: bulk_pages.MOST])
        return HttpResponseRedirect(f"{reverse('admin:matching_proposal_bulk')}?{urlencode({'ids': ids})}")

    def get_urls(self) -> list[Any]:
        """Each decision at an address of its own."""
        ks, both = (May.APPROVE_FIRST,), (May.APPROVE_FIRST, May.APPROVE_SECOND, May.APPROVE_AUC)
        acts = {
            "approve": (self.approve, both),
            "reject": (self.reject, both),
            "hold": (self.hold, ks),
            "resume": (self.resume, ks),
            "withdraw": (self.withdraw, ks),
        }
        return [
            path(f"<int:pk>/{verb}/", self._decider(view, powers), name=f"matching_proposal_{verb}")
            for verb, (view, powers) in acts.items()
        ] + [
            *case_pages.urls(self),
            *pair_pages.urls(self),
            *bulk_pages.urls(self),
            *decision_log.urls(self),
            *queue_pages.urls(self),
            *super().get_urls(),
        ]

    def _decider(
        self, view: Callable[..., HttpResponse], powers: tuple[May, ...]
    ) -> Callable[..., HttpResponse]:
        """Wrap a decision: staff with a second factor and one of the powers; whoever has one may see proposals too."""

        def checked(request: HttpRequest, pk: int) -> HttpResponse:
            if not any(self.actor(request).may(power) for power in powers):
                raise PermissionDenied
            return view(request, pk)

        return self.admin_site.admin_view(require_http_methods(["GET", "POST"])(checked))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer the list as a file, as it is filtered."""
        extra = {
            "may_choose": self.actor(request).may(May.APPROVE_FIRST),
            "export": f"{reverse('admin:matching_proposal_csv')}?{request.GET.urlencode()}",
        }
        return super().changelist_view(request, {**(extra_context or {}), **extra})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the decision page."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        proposal = self.proposal(request, object_id)
        context = decision_context(proposal, self.actor(request), timezone.now())
        context["queue"] = queue_pages.place_in_queue(self, request, proposal)
        context["kept"] = filters_of(request)
        return page(
            self,
            request,
            "admin/matching/proposal/detail.html",
            title=pair_name(proposal),
            subtitle=None,
            **context,
        )

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm who is told what, tick that there is no conflict of interest, and approve."""
        proposal, actor = self.proposal(request, pk), self.actor(request)
        act = self.act(
            request, proposal, _("Approve %(pair)s"), _("Approve the proposal"), template=APPROVE_PAGE
        )
        # Only the page asks for these; an approval that is given shows no page.
        mails, is_last = (
            SimpleLazyObject(lambda: told(proposal)),
            SimpleLazyObject(lambda: self._is_last(proposal)),
        )
        act.extra = {
            "proposal": proposal,
            "mails": mails,
            "is_last": is_last,
            "undo_minutes": settings.UNDO_MINUTES,
        }
        act.room = lambda data: self._approve(request, act, proposal, data)
        if request.method == "POST":
            second = request.POST.get("kind") == DecisionKind.KS_SECOND
            return (step_up(request) if second else None) or self.answer(
                request, ApproveForm(request.POST), act
            )
        kinds = decisions.open_kinds(proposal, actor=actor, required=settings.APPROVALS_REQUIRED)
        if not kinds:
            messages.warning(request, _("There is no approval for you to give here."))
            return HttpResponseRedirect(self.url_of(proposal, request))
        form = ApproveForm(initial={"seen": proposal.state, "kind": kinds[0]})
        return (step_up(request) if kinds[0] == DecisionKind.KS_SECOND else None) or self.answer(
            request, form, act
        )

    def _approve(
        self, request: HttpRequest, act: Act, proposal: Proposal, data: dict[str, Any]
    ) -> str | None:
        proposal.state = data["seen"] or proposal.state
        try:
            agreement = decisions.approve_proposal(
                proposal=proposal,
                kind=data["kind"],
                by=self.actor(request),
                at=timezone.now(),
                no_conflict=data["no_conflict"],
                required=settings.APPROVALS_REQUIRED,
                undo_minutes=settings.UNDO_MINUTES,
                reason=data["reason"],
            )
        except (NoCapacity, AlreadyPartners) as taken:
            raise Overtaken(str(taken)) from taken
        if agreement is None:
            act.done = _("Your approval is recorded. The other approval is still missing.")
        return None

    def reject(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reject with a reason code and words."""
        proposal, actor = self.proposal(request, pk), self.actor(request)
        kind = DecisionKind.KS_FIRST if actor.may(May.APPROVE_FIRST) else DecisionKind.AUC
        act = self.act(
            request,
            proposal,
            _("Reject %(pair)s"),
            _("Reject the proposal"),
            done=_("The proposal is rejected."),
        )
        act.intro = _("The next run takes the reason into account. Nobody outside KS and AUC is told.")
        act.room = lambda data: decisions.reject_proposal(
            proposal=seen(proposal, data),
            kind=kind,
            by=actor,
            at=timezone.now(),
            reason_code=data["reason_code"],
            reason=data["reason"],
        )
        return self.answer(request, RejectForm(request.POST or None, initial={"seen": proposal.state}), act)

    def hold(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put on hold."""
        act = self.act(
            request,
            proposal := self.proposal(request, pk),
            _("Put %(pair)s on hold"),
            _("Put on hold"),
            done=_("The proposal is on hold."),
        )
        return self._reasoned(request, act, proposal, decisions.hold_proposal)

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Withdraw, also after an approval."""
        act = self.act(
            request,
            proposal := self.proposal(request, pk),
            _("Withdraw %(pair)s"),
            _("Withdraw the proposal"),
            done=_("The proposal is withdrawn."),
        )
        act.intro = _(
            "If it was approved, the partnership ends and both places are free. Mails not sent yet are taken back."
        )
        return self._reasoned(request, act, proposal, decisions.withdraw_proposal)

    def resume(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take up again."""
        proposal, actor = self.proposal(request, pk), self.actor(request)
        act = self.act(
            request,
            proposal,
            _("Take %(pair)s up again"),
            _("Take up again"),
            done=_("The proposal is up for decision again."),
        )
        act.room = lambda data: decisions.resume_proposal(
            proposal=seen(proposal, data), by=actor, at=timezone.now()
        )
        return self.answer(request, SeenForm(request.POST or None, initial={"seen": proposal.state}), act)

    def _reasoned(
        self, request: HttpRequest, act: Act, proposal: Proposal, room: Callable[..., None]
    ) -> HttpResponse:
        actor = self.actor(request)
        act.room = lambda data: room(
            proposal=seen(proposal, data), by=actor, at=timezone.now(), reason=data["reason"]
        )
        return self.answer(request, ReasonForm(request.POST or None, initial={"seen": proposal.state}), act)

    def answer(self, request: HttpRequest, form: Any, act: Act) -> HttpResponse:
        try:
            return act_page(self, request, form, act)
        except NotAllowed as refusal:
            raise PermissionDenied from refusal

    def act(
        self,
        request: HttpRequest,
        proposal: Proposal,
        title: Any,
        button: Any,
        *,
        done: Any = "",
        template: str = FORM_PAGE,
    ) -> Act:
        done = done or _("The proposal is approved, and the partnership is opened.")
        return Act(
            title=title % {"pair": pair_name(proposal)},
            about=pair_name(proposal),
            button=button,
            back=self.url_of(proposal, request),
            done=done,
            room=lambda data: None,
            template=template,
        )

    def proposal(self, request: HttpRequest, pk: int | str) -> Proposal:
        found = self.get_queryset(request)
        try:
            return get_object_or_404(
                found.prefetch_related(None) if request.method == "POST" else found, pk=pk
            )
        except ValueError:
            raise Http404 from None

    def url_of(self, proposal: Proposal, request: HttpRequest) -> str:
        """Return the proposal's page, with the filters of the list one came from."""
        return reverse("admin:matching_proposal_change", args=[proposal.pk]) + filters_of(request)

    def approvals_words(self) -> list[str]:
        """Return the approvals that a proposal needs, in words."""
        return [str(DecisionKind(kind).label) for kind in settings.APPROVALS_REQUIRED]

    def _is_last(self, proposal: Proposal) -> bool:
        """Whether one approval is missing, not more."""
        given = {row.kind for row in proposal.decisions.all() if row.verdict == Verdict.APPROVE}
        return len(set(settings.APPROVALS_REQUIRED) - given) <= 1


def seen(obj: Any, data: dict[str, Any]) -> Any:
    """Return `obj` in the state its reader saw, so that the room finds out when it has moved meanwhile."""
    obj.state = data.get("seen") or obj.state
    return obj


def filters_of(request: HttpRequest) -> str:
    """Return the filters of the list that one came from, as the query string that carries them on; blank when there are none."""
    kept = request.GET.get(KEPT_FILTERS, "")
    return f"?{urlencode({KEPT_FILTERS: kept})}" if kept else ""


def reader_of(request: HttpRequest) -> Actor:
    """Return who reads a desk page."""
    return Actor.of(request.user)  # type: ignore[arg-type]  # the desk admits no anonymous user
