"""Rules for pairs at the desk: made with a reason, listed, and lifted with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kommunesamarbeid.core.desk.acts import Act, Visit, always
from kommunesamarbeid.core.desk.lists import Column
from kommunesamarbeid.core.desk.pages import id_in
from kommunesamarbeid.core.desk.trail import TrailAdmin
from kommunesamarbeid.core.form_fields import DayField, TextField, WordsField
from kommunesamarbeid.core.roles import May
from matching.admin.runs.run_forms import ReasonForm
from matching.choices import PairRuleKind
from matching.models import PairRule
from matching.pairs import pair_rules
from municipalities.models import Hromada, Municipality
from municipalities.registers import hromada_finder, municipality_finder

STARTERS = (May.START_RUNS,)


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
    reason = WordsField(
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


def pair_text(rule: PairRule) -> str:
    """Return both parties of a rule. Needs county and oblast selected."""
    return f"{rule.municipality.place} ↔ {rule.hromada.place}"


def _named_pair(visit: Visit) -> dict[str, Any]:
    names = {name: visit.request.GET.get(name, "") for name in ("municipality", "hromada")}
    return names | {"kind": PairRuleKind.FORBID}


ACTS = (
    Act(
        "new", STARTERS, pair_rules.make_rule, form=PairRuleForm, has_row=False,
        is_open=always, is_main=True,
        initial=_named_pair,
        title=gettext_lazy("New rule for a pair"), button=gettext_lazy("Make the rule"),
        intro=gettext_lazy("The rule counts in every run from now on. A locked pair waits while another rule keeps it apart; the run says so."),
        done=gettext_lazy("The rule is made. Runs from now on obey it."),
        leads_to=lambda visit, rule: visit.admin.url_of(rule),
        records="pairrule.made", entry=gettext_lazy("Rule made"),
    ),
    Act(
        "lift", STARTERS, pair_rules.lift_rule, form=ReasonForm,
        is_open=lambda rule, _reader, _at: rule.lifted_at is None,
        title=gettext_lazy("Lift the rule for %(pair)s"), label=gettext_lazy("Lift the rule"),
        button=gettext_lazy("Lift the rule"), done=gettext_lazy("The rule is lifted."),
        conflicts=(pair_rules.AlreadyLifted,),
        records="pairrule.lifted", entry=gettext_lazy("Rule lifted"),
    ),
)  # fmt: skip


@admin.register(PairRule)
class PairRuleAdmin(TrailAdmin):
    """The rules, the newest first."""

    subject = "rule"
    acts = ACTS
    detail_template = "admin/matching/pairrule/detail.html"
    change_list_template = "admin/matching/change_list.html"
    list_display = (
        Column("pair", gettext_lazy("pair"), pair_text),
        "kind",
        "until",
        "made_at",
        "made_by",
        "lifted_at",
    )
    list_filter = ("kind", ("lifted_at", admin.EmptyFieldListFilter))
    list_select_related = ("municipality__county", "hromada__oblast", "made_by")

    def get_row(self, request: HttpRequest, pk: Any) -> PairRule:
        """Return the rule with its parties, or 404."""
        rows = PairRule.objects.select_related(
            "municipality__county", "hromada__oblast", "made_by", "lifted_by"
        )
        return get_object_or_404(rows, pk=id_in(pk))

    def names(self, row: PairRule) -> dict[str, str]:
        """Both parties, for titles."""
        return {"pair": pair_text(row)}

    def detail(self, request: HttpRequest, row: PairRule) -> dict[str, Any]:
        """One rule, with who made it and why."""
        acts = self.open_acts(row, self.actor(request), timezone.now())
        return {"title": pair_text(row), "rule": row, "acts": acts}
