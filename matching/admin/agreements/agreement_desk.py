"""The desk's agreements: the list, one page per partnership, and each step at an address of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.desk.act_pages import Act, act_page, act_url, page, tap
from kommunesamarbeid.core.desk.search import NameSearch
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.roles import May, NotAllowed
from matching.admin.agreements import follow_pages
from matching.admin.agreements.agreement_forms import (
    ConsentForm,
    EndForm,
    ExistingForm,
    MilestoneForm,
    MoveForm,
)
from matching.admin.agreements.agreement_page import (
    agreement_context,
    as_typed,
    consent_sides,
    milestone_kinds,
    open_steps,
    pair_name,
)
from matching.admin.proposals.proposal_desk import FORM_PAGE, seen
from matching.agreements import agreements, existing_cooperation, milestones
from matching.choices import MilestoneKind
from matching.decisions import workload
from matching.models import Agreement, AgreementParty, Milestone, PublicationConsent, ReportedDecision
from municipalities.registers import HROMADA_FIELDS, MUNICIPALITY_FIELDS, fields_of


class DueFilter(admin.SimpleListFilter):
    """Partnerships that wait for somebody."""

    title = _("follow-up")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """What they wait for."""
        return [
            ("overdue", _("a step is overdue")),
            ("unreached", _("nobody on one side can be reached")),
            ("reported", _("a reported decision waits for KS")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """As the front page counts them."""
        if self.value() == "overdue":
            late = workload.overdue(timezone.localdate()).filter(agreement=OuterRef("pk"))
            return queryset.filter(Exists(late))
        if self.value() == "unreached":
            return queryset.filter(pk__in=workload.unreached().values("pk"))
        if self.value() == "reported":
            return queryset.filter(
                Exists(ReportedDecision.objects.filter(agreement=OuterRef("pk"), settled_at__isnull=True))
            )
        return queryset


@admin.register(Agreement)
class AgreementAdmin(NameSearch, TrailAdmin):
    """Partnerships for KS and AUC: approved ones, existing ones entered by KS, and reported ones apart."""

    list_display = ("pair", "oblast", "state", "is_adopted", "origin", "opened", "reference")
    list_display_links = ("pair",)
    change_list_template = "admin/matching/agreement/change_list.html"
    list_filter = (
        DueFilter,
        "state",
        "origin",
        ("parties__municipality__county", admin.RelatedOnlyFieldListFilter),
        ("hromada__oblast", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = (
        "reference",
        *fields_of(MUNICIPALITY_FIELDS, "parties__municipality"),
        *fields_of(HROMADA_FIELDS, "hromada"),
    )
    search_help_text = _("Reference number, municipality, settlement or KATOTTG")
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-opened_at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agreement]:
        """With the parties and dated facts that rows name."""
        parties = AgreementParty.objects.select_related("municipality__county").order_by("-is_lead", "id")
        reached = Milestone.objects.filter(agreement=OuterRef("pk"))
        found: QuerySet[Agreement] = super().get_queryset(request)
        return (
            found.select_related("hromada__oblast")
            .prefetch_related(Prefetch("parties", parties))
            .annotate(
                is_decided=Exists(reached.filter(kind=MilestoneKind.NO_DECISION)),
                is_signed=Exists(reached.filter(kind=MilestoneKind.SIGNATURE)),
            )
        )

    @admin.display(description=_("Partnership"))
    def pair(self, obj: Agreement) -> str:
        """The parties; the link to the page."""
        return pair_name(obj)

    @admin.display(description=_("Oblast"), ordering="hromada__oblast__name_en")
    def oblast(self, obj: Agreement) -> str:
        """Where the Ukrainian side lies."""
        return str(obj.hromada.oblast)

    @admin.display(description=_("Adopted and signed"))
    def is_adopted(self, obj: Any) -> str:
        """In words: a red cross would say that something is wrong, where it is only early."""
        return str(_("yes")) if self.adopted_and_signed(obj) else "–"

    def adopted_and_signed(self, obj: Any) -> bool:
        """A dated council decision and a dated signature, not ended."""
        return bool(obj.is_decided and obj.is_signed and obj.ended_at is None)

    @admin.display(description=_("Opened"), ordering="opened_at")
    def opened(self, obj: Agreement) -> Any:
        """The day it was opened or entered."""
        return timezone.localdate(obj.opened_at)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """KS enters co-operations that exist already."""
        return self.has_view_permission(request) and self.actor(request).may(May.KEEP_AGREEMENTS)

    def get_urls(self) -> list[Any]:
        """Each act at an address of its own."""
        ks, both = (May.KEEP_AGREEMENTS,), (May.KEEP_AGREEMENTS, May.KEEP_UKRAINIAN_STEPS)
        post = ("POST",)
        return [
            path(
                "<int:pk>/undo/", act_url(self, self.undo, *ks, methods=post), name="matching_agreement_undo"
            ),
            path("<int:pk>/move/", act_url(self, self.move, *ks), name="matching_agreement_move"),
            path("<int:pk>/end/", act_url(self, self.end, *ks), name="matching_agreement_end"),
            path(
                "<int:pk>/milestone/",
                act_url(self, self.milestone, *both),
                name="matching_agreement_milestone",
            ),
            path("<int:pk>/consent/", act_url(self, self.consent, *both), name="matching_agreement_consent"),
            path(
                "<int:pk>/consent/<int:consent>/withdraw/",
                act_url(self, self.withdraw_consent, *both, methods=post),
                name="matching_agreement_withdraw_consent",
            ),
            *follow_pages.urls(self),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer the list as a file, as it is filtered."""
        export = f"{reverse('admin:matching_agreement_csv')}?{request.GET.urlencode()}"
        return super().changelist_view(request, {**(extra_context or {}), "export": export})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the partnership."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        agreement = self.agreement(request, object_id)
        context = agreement_context(agreement, self.actor(request), timezone.now())
        return page(
            self,
            request,
            "admin/matching/agreement/detail.html",
            title=pair_name(agreement),
            subtitle=None,
            **context,
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Enter a co-operation that exists already."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        back = reverse("admin:matching_agreement_changelist")
        act = Act(
            title=_("Enter an existing co-operation"),
            button=_("Enter"),
            back=back,
            done=_("The co-operation is entered."),
            intro=_(
                "It takes a place on both sides. A reported partnership of the same two becomes this one."
            ),
            room=lambda data: self._enter(request, data),
            template=FORM_PAGE,
        )
        return self.answer(request, ExistingForm(request.POST or None), act)

    def _enter(self, request: HttpRequest, data: dict[str, Any]) -> str:
        made = existing_cooperation.enter_existing(**data, by=self.actor(request), at=timezone.now())
        return self.url_of(made)

    def undo(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Undo an approval within its window."""
        agreement = self.agreement(request, pk)
        back = self.url_of(agreement)
        if agreement.proposal_id is not None:
            back = reverse("admin:matching_proposal_change", args=[agreement.proposal_id])
        return tap(
            request,
            back=back,
            done=_("The approval is undone. No mail was sent."),
            room=lambda: agreements.undo_agreement(
                agreement=agreement, by=self.actor(request), at=timezone.now()
            ),
        )

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Move a step on, on pause, or back."""
        agreement, actor = self.agreement(request, pk), self.actor(request)
        steps = open_steps(agreement, timezone.now())
        act = self.act(
            agreement, _("Change the state of %(pair)s"), _("Change state"), _("The state is changed.")
        )
        act.room = lambda data: agreements.move_agreement(
            agreement=seen(agreement, data), to=data["to"], by=actor, at=timezone.now(), reason=data["reason"]
        )
        return self.answer(
            request, MoveForm(request.POST or None, steps=steps, initial={"seen": agreement.state}), act
        )

    def end(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End with a reason code and words."""
        agreement, actor = self.agreement(request, pk), self.actor(request)
        act = self.act(
            agreement, _("End %(pair)s"), _("End the partnership"), _("The partnership has ended.")
        )
        act.intro = _(
            "Both places become free. Nothing is deleted: the partnership stays in the list with its facts."
        )
        act.room = lambda data: agreements.end_agreement(
            agreement=seen(agreement, data),
            reason=data["reason"],
            text=data["text"],
            by=actor,
            at=timezone.now(),
        )
        return self.answer(request, EndForm(request.POST or None, initial={"seen": agreement.state}), act)

    def milestone(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record a milestone, or correct one: `?kind=` opens it as it stands."""
        agreement, actor = self.agreement(request, pk), self.actor(request)
        act = self.act(
            agreement, _("Record a milestone of %(pair)s"), _("Record"), _("The milestone is recorded.")
        )
        act.intro = _("A milestone recorded before is corrected; the history keeps both.")
        act.room = lambda data: self._record(agreement, request, data)
        initial = _as_it_stands(agreement, request.GET.get("kind", ""))
        form = MilestoneForm(request.POST or None, kinds=milestone_kinds(actor), initial=initial)
        return self.answer(request, form, act)

    def _record(self, agreement: Agreement, request: HttpRequest, data: dict[str, Any]) -> None:
        on, precision = data["on"]
        milestones.record_milestone(
            agreement=agreement,
            kind=data["kind"],
            on=on,
            precision=precision,
            source=data["source"],
            case_number=data["case_number"],
            by=self.actor(request),
            at=timezone.now(),
        )

    def consent(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record one side's consent to be named publicly."""
        agreement, actor = self.agreement(request, pk), self.actor(request)
        act = self.act(
            agreement, _("Record a consent of %(pair)s"), _("Record"), _("The consent is recorded.")
        )
        act.intro = _("The partnership is named on the public page only while both sides consent.")
        act.room = lambda data: _nowhere(
            milestones.give_consent(agreement=agreement, **data, by=actor, at=timezone.now())
        )
        return self.answer(
            request, ConsentForm(request.POST or None, sides=consent_sides(agreement, actor)), act
        )

    def withdraw_consent(self, request: HttpRequest, pk: int, consent: int) -> HttpResponse:
        """Take one side's consent back."""
        given = get_object_or_404(
            PublicationConsent.objects.select_related("agreement"), pk=consent, agreement=pk
        )
        try:
            return tap(
                request,
                back=self.url_of(given.agreement),
                done=_("The consent is withdrawn. The public page no longer names the two."),
                room=lambda: milestones.withdraw_consent(
                    consent=given, by=self.actor(request), at=timezone.now()
                ),
            )
        except NotAllowed as refusal:
            raise PermissionDenied from refusal

    def answer(self, request: HttpRequest, form: Any, act: Act) -> HttpResponse:
        try:
            return act_page(self, request, form, act)
        except NotAllowed as refusal:
            raise PermissionDenied from refusal

    def act(self, agreement: Agreement, title: Any, button: Any, done: Any) -> Act:
        pair = pair_name(agreement)
        return Act(
            title=title % {"pair": pair},
            about=pair,
            button=button,
            back=self.url_of(agreement),
            done=done,
            room=lambda data: None,
            template=FORM_PAGE,
        )

    def agreement(self, request: HttpRequest, pk: int | str) -> Agreement:
        try:
            return get_object_or_404(self.get_queryset(request), pk=pk)
        except ValueError:
            raise Http404 from None

    def url_of(self, agreement: Agreement) -> str:
        return reverse("admin:matching_agreement_change", args=[agreement.pk])


def _as_it_stands(agreement: Agreement, kind: str) -> dict[str, str]:
    known = agreement.milestones.filter(kind=kind).first()
    if known is None:
        return {"kind": kind}
    return {
        "kind": kind,
        "on": as_typed(known.on, known.precision),
        "source": known.source,
        "case_number": known.case_number,
    }


def _nowhere(_made: object) -> None:
    """Stay on the agreement's page."""
