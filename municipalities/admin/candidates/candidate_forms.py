"""The forms of the acts on candidates and needs: they only clean; services hold the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import DayField, TextField
from municipalities.choices import (
    Authority,
    Category,
    ConsentScope,
    DamageBand,
    Horizon,
    Language,
    NeedStatus,
    NeedVisibility,
    Priority,
    Urgency,
)
from municipalities.models import Candidate, Need, Theme
from municipalities.needs.locations import finds_in
from municipalities.states import CANDIDATE_TRANSITIONS, CandidateState

TEXT_LIMIT = 500
HINT = _(
    "At most 500 characters. Do not write locations, schedules, names of people or details of infrastructure."
)
YES_NO = [("", _("Not known")), ("yes", _("Yes")), ("no", _("No"))]
FACTS = {
    "interpreter": _("Has an interpreter"),
    "agriculture": _("Agriculture matters"),
    "industry_energy": _("Industry or energy matters"),
    "university": _("Has a university"),
    "coastal": _("On the coast"),
    "mountain": _("In the mountains"),
}


def text(
    label: Any, *, required: bool = False, limit: int | None = None, help_text: Any = "", lang: str = ""
) -> TextField:
    """Return a field for a few lines of text."""
    attrs = {"rows": "4", "cols": "60", **({"lang": lang} if lang else {})}
    return TextField(
        label=label, required=required, max_length=limit, help_text=help_text, widget=forms.Textarea(attrs)
    )


class CategoryForm(forms.Form):
    """A category assessment as proposed."""

    category = forms.ChoiceField(label=_("Category"), choices=Category.choices, widget=forms.RadioSelect)
    valid_from = DayField(label=_("Valid from"))
    valid_to = DayField(label=_("Valid to, if it is known"), required=False)
    source = text(
        _("Source"),
        required=True,
        help_text=_("For example the order number and edition, or a letter with its date."),
    )
    reason = text(
        _("Reason"), required=True, help_text=_("In a sentence or two that can be read to a mayor.")
    )
    damage = forms.ChoiceField(label=_("Damage"), choices=DamageBand.choices)
    damage_source = text(_("Source of the damage band"), help_text=_("Needed when a damage band is chosen."))
    review_due = DayField(label=_("Review again by"), required=False)


class RetractForm(forms.Form):
    """Why a proposal is taken back."""

    reason = text(_("Reason"), required=True)


class ConsentForm(forms.Form):
    """What the candidate has agreed to."""

    scope = forms.ChoiceField(
        label=_("The candidate agrees to be listed"), choices=ConsentScope.choices, widget=forms.RadioSelect
    )
    given_on = DayField(label=_("Given on"))
    given_by = TextField(
        label=_("Given by"),
        max_length=120,
        help_text=_("The office or body, for example “head of the hromada”. Not a name."),
    )
    valid_to = DayField(label=_("Valid to, if it ends"), required=False)


class MoveForm(forms.Form):
    """A step of the review; `seen` is the state the page showed."""

    to = forms.ChoiceField(label=_("New state"), widget=forms.RadioSelect)
    reason = TextField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Needed for “On hold” and “Not now”.")
    )
    despite_partner = forms.BooleanField(
        label=_("I have seen that it has a Norwegian partner already"), required=False
    )
    seen = forms.ChoiceField(choices=CandidateState.choices, widget=forms.HiddenInput)

    def __init__(self, state: str, *args: Any, partners: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"seen": state}, **kwargs})
        if partners:
            self.fields["despite_partner"].help_text = ", ".join(partners)
        else:
            del self.fields["despite_partner"]
        steps = CANDIDATE_TRANSITIONS.get(state, frozenset())
        field: Any = self.fields["to"]
        field.choices = [choice for choice in CandidateState.choices if choice[0] in steps]


class DescribeForm(forms.Form):
    """What is known of the candidate beside its needs; `seen_at` is when the page's version was written."""

    authority = forms.ChoiceField(label=_("Who governs the hromada"), choices=Authority.choices)
    capacity = forms.IntegerField(label=_("Number of partners wished"), min_value=1, max_value=20)
    priority = forms.TypedChoiceField(
        label=_("AUC's priority"),
        choices=[("", _("Not set")), *Priority.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    languages = forms.MultipleChoiceField(
        label=_("Working languages"), choices=Language.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means not known."),
    )  # fmt: skip
    interpreter = forms.ChoiceField(label=FACTS["interpreter"], choices=YES_NO, required=False)
    agriculture = forms.ChoiceField(label=FACTS["agriculture"], choices=YES_NO, required=False)
    industry_energy = forms.ChoiceField(label=FACTS["industry_energy"], choices=YES_NO, required=False)
    university = forms.ChoiceField(label=FACTS["university"], choices=YES_NO, required=False)
    coastal = forms.ChoiceField(label=FACTS["coastal"], choices=YES_NO, required=False)
    mountain = forms.ChoiceField(label=FACTS["mountain"], choices=YES_NO, required=False)
    seen_at = forms.CharField(widget=forms.HiddenInput)

    @staticmethod
    def initial_for(candidate: Candidate) -> dict[str, Any]:
        """Return the form's first values."""
        facts = {name: {True: "yes", False: "no", None: ""}[getattr(candidate, name)] for name in FACTS}
        return {
            "authority": candidate.authority,
            "capacity": candidate.capacity,
            "priority": candidate.priority,
            "languages": candidate.languages or [],
            **facts,
            "seen_at": candidate.updated_at.isoformat(),
        }

    def clean_seen_at(self) -> datetime:
        """Return the time the page's version was written."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen_at"])
        except ValueError:
            raise forms.ValidationError(_("Open the page again.")) from None

    def changes(self) -> dict[str, Any]:
        """Return what the service is told."""
        data = self.cleaned_data
        facts = {name: {"yes": True, "no": False, "": None}[data[name]] for name in FACTS}
        return {
            "authority": data["authority"],
            "capacity": data["capacity"],
            "priority": data["priority"],
            "languages": data["languages"] or None,
            **facts,
        }


class NeedChangeForm(forms.Form):
    """What may change in a need; `edition` is the edition the page showed."""

    urgency = forms.TypedChoiceField(
        label=_("Urgency"), choices=Urgency.choices, coerce=int, widget=forms.RadioSelect
    )
    urgent_to = DayField(label=_("Urgent until, if there is such a day"), required=False)
    text_uk = text(_("Description in Ukrainian"), limit=TEXT_LIMIT, help_text=HINT, lang="uk")
    text_en = text(_("Translation to English"), limit=TEXT_LIMIT, lang="en")
    text_en_by_machine = forms.BooleanField(
        label=_("A machine made the translation to English"), required=False
    )
    text_nb = text(_("Translation to Norwegian"), limit=TEXT_LIMIT, lang="nb")
    text_nb_by_machine = forms.BooleanField(
        label=_("A machine made the translation to Norwegian"), required=False
    )
    quantity = TextField(label=_("Quantity, if it is goods"), max_length=120, required=False)
    valid_to = DayField(label=_("Valid until, if it ends"), required=False)
    visibility = forms.ChoiceField(
        label=_("Who may read it"), choices=NeedVisibility.choices, widget=forms.RadioSelect
    )
    status = forms.ChoiceField(
        label=_("Status"),
        choices=[choice for choice in NeedStatus.choices if choice[0] != NeedStatus.WITHDRAWN],
    )
    edition = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def initial_for(need: Need) -> dict[str, Any]:
        """Return the form's first values."""
        return {name: getattr(need, name) for name in NeedChangeForm.base_fields}

    def changes(self) -> dict[str, Any]:
        """Return what the service is told."""
        return {name: value for name, value in self.cleaned_data.items() if name != "edition"}


class ThemeField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at run time
    """A theme by its name in the reader's language; those out of scope say so."""

    def label_from_instance(self, obj: Any) -> str:
        """Name the theme, marked when its needs are referred."""
        referred = _("recorded and referred")
        return obj.name if obj.is_live else f"{obj.name} ({referred})"


class NeedForm(NeedChangeForm):
    """A new need."""

    theme = ThemeField(label=_("Theme"), queryset=Theme.objects.current())
    horizon = forms.ChoiceField(label=_("Horizon"), choices=Horizon.choices, widget=forms.RadioSelect)
    status = None  # type: ignore[assignment]  # Django's way to drop an inherited field
    edition = None  # type: ignore[assignment]  # Django's way to drop an inherited field
    field_order = ("theme", "horizon", "urgency")


class AskingForm(forms.Form):
    """A form that asks about a text which may give away a place or a person; the service insists."""

    asks_about = "text"

    is_checked = forms.BooleanField(
        label=_("I have checked: it gives away no place, person or schedule"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*(name for name in self.fields if name != "is_checked"), "is_checked"])
        if not finds_in([str(self.data.get(self.asks_about, ""))]):
            del self.fields["is_checked"]


class CommentForm(AskingForm):
    """KS's suggestion to AUC."""

    text = text(_("Suggestion to AUC"), required=True, limit=TEXT_LIMIT, help_text=HINT)


class TeachingForm(AskingForm):
    """What the candidate can teach."""

    theme = ThemeField(label=_("Theme"), queryset=Theme.objects.live())
    text = text(_("Description"), limit=TEXT_LIMIT, help_text=HINT)


class WithdrawForm(AskingForm):
    """Why a need is no longer current."""

    asks_about = "reason"

    reason = TextField(label=_("Reason"), max_length=300, required=False)
    edition = forms.IntegerField(widget=forms.HiddenInput)
