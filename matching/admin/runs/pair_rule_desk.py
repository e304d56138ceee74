"""Rules for pairs at the desk: made with a reason, listed, and lifted with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.desk.act_pages import act_url, conflict, page
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.form_fields import DayField, TextField
from kommunesamarbeid.core.refusals import Refused
from kommunesamarbeid.core.roles import May
from matching.admin.runs.run_forms import ReasonForm
from matching.choices import PairRuleKind
from matching.models import PairRule
from matching.pairs import pair_rules
from municipalities.models import Hromada, Municipality
from municipalities.registers import hromada_finder, municipality_finder

FORM = "admin/form_page.html"


class PairRuleForm(forms.Form):
    """Which pair, what is ruled, why and for how long."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Rule"), choices=PairRuleKind.choices, widget=forms.RadioSelect
    )
    municipality = TextField(
        label=gettext_lazy("Norwegian municipality"),
        max_length=120,
        help_text=gettext_lazy("Number or name, such as 1804 or Bodø."),
    )
    hromada = TextField(
        label=gettext_lazy("Ukrainian municipality"),
        max_length=120,
        help_text=gettext_lazy("KATOTTG or settlement; one of the candidates."),
    )
    reason = TextField(
        label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, strip=True,
        help_text=gettext_lazy("KS reads it. Write no names of persons."),
    )  # fmt: skip
    until = DayField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Blank: until somebody lifts the rule."),
    )  # fmt: skip

    def clean_municipality(self) -> Municipality:
        """Return the municipality that is meant."""
        party = municipality_finder().find(self.cleaned_data["municipality"], beginnings=True).only
        if party is None:
            raise forms.ValidationError(
                _("No municipality, or more than one, is called this. Use the number.")
            )
        return party

    def clean_hromada(self) -> Hromada:
        """Return the candidate's hromada that is meant."""
        pool = hromada_finder(Hromada.objects.filter(candidate__isnull=False))
        hromada = pool.find(self.cleaned_data["hromada"], beginnings=True).only
        if hromada is None:
            raise forms.ValidationError(_("No candidate, or more than one, is called this. Use the KATOTTG."))
        return hromada


@admin.register(PairRule)
class PairRuleAdmin(TrailAdmin):
    """The rules, the newest first."""

    list_display = ("pair", "kind", "until", "made_at", "made_by", "lifted_at")
    list_display_links = ("pair",)
    list_filter = ("kind", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("municipality__county", "hromada__oblast", "made_by")
    change_list_template = "admin/matching/pairrule/change_list.html"

    @admin.display(description=gettext_lazy("pair"))
    def pair(self, rule: PairRule) -> str:
        """Both parties."""
        return pair_text(rule)

    def get_urls(self) -> list[URLPattern]:
        """Each act before the admin's own catch-all."""
        own = [
            path("new/", act_url(self, self.new_view, May.START_RUNS), name="matching_pairrule_new"),
            path(
                "<int:pk>/lift/", act_url(self, self.lift_view, May.START_RUNS), name="matching_pairrule_lift"
            ),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the way to a new rule for whoever may make one."""
        may = self.actor(request).may(May.START_RUNS)
        return super().changelist_view(request, {**(extra_context or {}), "may_rule": may})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One rule, with who made it and why."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rule = self.rule(object_id)
        may_lift = rule.lifted_at is None and self.actor(request).may(May.START_RUNS)
        return page(
            self,
            request,
            "admin/matching/pairrule/detail.html",
            title=pair_text(rule),
            rule=rule,
            may_lift=may_lift,
        )

    def new_view(self, request: HttpRequest) -> HttpResponse:
        """Ask which pair and why, and make the rule."""
        initial = {name: request.GET.get(name, "") for name in ("municipality", "hromada")} | {
            "kind": PairRuleKind.FORBID
        }
        form = PairRuleForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            try:
                rule = pair_rules.make_rule(
                    kind=PairRuleKind(said["kind"]),
                    municipality=said["municipality"],
                    hromada=said["hromada"],
                    reason=said["reason"],
                    until=said["until"],
                    by=self.actor(request),
                    at=timezone.now(),
                )
            except Refused as refusal:
                form.add_error(refusal.field or None, str(refusal))
            else:
                messages.success(request, _("The rule is made. Runs from now on obey it."))
                return HttpResponseRedirect(self.home(rule))
        intro = _(
            "The rule counts in every run from now on. A locked pair waits while another rule keeps it apart; the run says so."
        )
        back = reverse("admin:matching_pairrule_changelist")
        return page(
            self,
            request,
            FORM,
            title=_("New rule for a pair"),
            form=form,
            button=_("Make the rule"),
            back=back,
            intro=intro,
        )

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why, and lift the rule."""
        rule = self.rule(pk)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                pair_rules.lift_rule(
                    rule=rule, by=self.actor(request), at=timezone.now(), reason=form.cleaned_data["reason"]
                )
            except pair_rules.AlreadyLifted:
                return conflict(request, self.home(rule))
            messages.success(request, _("The rule is lifted."))
            return HttpResponseRedirect(self.home(rule))
        title = _("Lift the rule for %(pair)s") % {"pair": pair_text(rule)}
        return page(
            self, request, FORM, title=title, form=form, button=_("Lift the rule"), back=self.home(rule)
        )

    def rule(self, pk: Any) -> PairRule:
        """Return the rule with its parties, or 404."""
        found = PairRule.objects.select_related(
            "municipality__county", "hromada__oblast", "made_by", "lifted_by"
        )
        return get_object_or_404(found, pk=pk if str(pk).isdecimal() else 0)

    def home(self, rule: PairRule) -> str:
        """Return the address of the rule's page."""
        return reverse("admin:matching_pairrule_change", args=[rule.pk])


def pair_text(rule: PairRule) -> str:
    """Return both parties of a rule. Needs county and oblast selected."""
    return f"{rule.municipality.place} ↔ {rule.hromada.place}"
