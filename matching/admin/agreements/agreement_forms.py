"""What a person types about a partnership becomes checked values; rules stay in the services."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import DayField, PartialDateField, WordsField
from matching.admin.proposals.decision_forms import SeenForm
from matching.admin.proposals.pair_forms import AnyChoiceField
from matching.choices import AgreementKind, MilestoneKind, Precision, Side
from matching.states import MUTUAL_OR_LATER, AgreementState, EndReason
from matching.views.forms import ReplyForm
from municipalities.models import Hromada, Municipality


class MilestoneForm(forms.Form):
    """Record or correct a milestone."""

    kind = forms.ChoiceField(label=_("Milestone"), choices=MilestoneKind.choices)
    on = PartialDateField(label=_("Date"))
    source = WordsField(
        label=_("Source"), max_length=400,
        help_text=_("Where this is known from: minutes, a letter, a web page."),
        error_messages={"required": _("Write the source.")},
    )  # fmt: skip
    case_number = WordsField(label=_("Case number (optional)"), max_length=60, required=False)

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(value, label) for value, label in MilestoneKind.choices if value in kinds]
        self.fields["kind"] = forms.ChoiceField(label=_("Milestone"), choices=choices)


class DueForm(forms.Form):
    """By when a milestone is wished for."""

    kind = forms.ChoiceField(label=_("Milestone"), choices=MilestoneKind.choices)
    due_on = DayField(
        label=_("Due"),
        error_messages={"required": _("Write the date."), "invalid": _("Write the date as 12.06.2026.")},
    )  # fmt: skip

    def __init__(self, *args: Any, kinds: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(value, label) for value, label in MilestoneKind.choices if value in kinds]
        self.fields["kind"] = forms.ChoiceField(label=_("Milestone"), choices=choices)


class RecordReplyForm(ReplyForm):
    """KS or AUC records what a side answered by phone or in a meeting."""

    side = forms.ChoiceField(label=_("Side"), choices=Side.choices)
    field_order = ("side", "reply", "reason")

    def __init__(self, *args: Any, sides: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["side"] = forms.ChoiceField(
            label=_("Side"), choices=[(value, label) for value, label in Side.choices if value in sides]
        )
        self.fields["reply"].label = _("Answer")
        self.order_fields(self.field_order)


class ConsentForm(forms.Form):
    """Record one side's consent to be named publicly."""

    side = forms.ChoiceField(label=_("Side"), choices=Side.choices)
    given_on = PartialDateField(label=_("Given on"), help_text=_("Day, for example 12.06.2026."))
    given_by = WordsField(
        label=_("Given by (office)"), max_length=120,
        help_text=_("The office, for example «mayor». Never a person's name."),
        error_messages={"required": _("Name the office that gave the consent.")},
    )  # fmt: skip

    def __init__(self, *args: Any, sides: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(value, label) for value, label in Side.choices if value in sides]
        self.fields["side"] = forms.ChoiceField(label=_("Side"), choices=choices)

    def clean_given_on(self) -> date:
        """A consent has a day."""
        on, precision = self.cleaned_data["given_on"]
        if precision != Precision.DAY:
            raise forms.ValidationError(_("Write the day, for example 12.06.2026."), code="invalid")
        day: date = on
        return day


class MoveForm(SeenForm):
    """Move an agreement a step."""

    to = forms.ChoiceField(label=_("New state"), choices=AgreementState.choices)
    reason = WordsField(
        label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when the partnership is put on pause, and when it is signed without the ministry's clearance."),
    )  # fmt: skip

    def __init__(self, *args: Any, steps: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(value, label) for value, label in AgreementState.choices if value in steps]
        self.fields["to"] = forms.ChoiceField(label=_("New state"), choices=choices)


class EndForm(SeenForm):
    """End an agreement."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            ("", _("Choose a reason")),
            *((v, label) for v, label in EndReason.choices if v != EndReason.UNDONE),
        ],
        error_messages={
            "required": _("Choose a reason."),
            "invalid_choice": _("Choose a reason from the list."),
        },
    )
    text = WordsField(
        label=_("Explanation"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("No names of persons. At most 2,000 characters."),
        error_messages={"required": _("Explain the reason in words.")},
    )  # fmt: skip


class PlaceField(AnyChoiceField):
    """A party chosen by code and name; names occur twice, so county or oblast stands beside."""

    def label_from_instance(self, obj: Any) -> str:
        """Return name, county or oblast, and code."""
        return f"{obj.place} – {obj.number if isinstance(obj, Municipality) else obj.katottg}"


class ExistingForm(forms.Form):
    """Enter a co-operation that exists already."""

    municipality = PlaceField(
        label=_("Norwegian party"), queryset=Municipality.objects.none(),
        empty_label=_("Choose a municipality or county"),
        error_messages={"required": _("Choose the Norwegian party.")},
    )  # fmt: skip
    hromada = PlaceField(
        label=_("Ukrainian municipality"), queryset=Hromada.objects.none(),
        empty_label=_("Choose a Ukrainian municipality"),
        error_messages={"required": _("Choose the Ukrainian municipality.")},
    )  # fmt: skip
    state = forms.ChoiceField(
        label=_("State"), choices=[(state.value, state.label) for state in MUTUAL_OR_LATER]
    )
    kind = forms.ChoiceField(label=_("Kind of agreement"), choices=AgreementKind.choices)
    source = WordsField(
        label=_("Source"), max_length=400,
        help_text=_("Where this is known from: minutes, a letter, a web page."),
        error_messages={"required": _("Write the source.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        norwegian = (
            Municipality.objects.filter(valid_to__isnull=True)
            .select_related("county")
            .order_by("name", "number")
        )
        self.fields["municipality"].queryset = norwegian  # type: ignore[attr-defined]  # a ModelChoiceField
        ukrainian = Hromada.objects.select_related("oblast").order_by("oblast__name_en", "centre_en")
        self.fields["hromada"].queryset = ukrainian  # type: ignore[attr-defined]  # a ModelChoiceField
