"""Which pair a person has chosen, and why another one than the run, becomes checked values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import WordsField
from municipalities.models import Candidate, Response

if TYPE_CHECKING:
    AnyChoiceField = forms.ModelChoiceField[Any]
else:
    AnyChoiceField = forms.ModelChoiceField  # not generic at run time


class ChooseForm(forms.Form):
    """Why another pair than the run's."""

    reason = WordsField(
        label=_("Why is this pair better?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say it so that a mayor understands it. No names of persons. At most 2,000 characters."),
        error_messages={"required": _("Explain in words why this pair is better.")},
    )  # fmt: skip


class ResponseField(AnyChoiceField):
    """A municipality chosen through its answer."""

    def label_from_instance(self, obj: Any) -> str:
        """Return name, county and number."""
        return f"{obj.municipality.place} – {obj.municipality.number}"


class CandidateField(AnyChoiceField):
    """A hromada chosen through AUC's pool."""

    def label_from_instance(self, obj: Any) -> str:
        """Return settlement, oblast and code."""
        return f"{obj.hromada.place} – {obj.hromada.katottg}"


class PairForm(forms.Form):
    """Any two parties of the pool."""

    response = ResponseField(
        label=_("Norwegian party"), queryset=Response.objects.none(),
        empty_label=_("Choose a municipality or county"),
        error_messages={"required": _("Choose the Norwegian party.")},
    )  # fmt: skip
    candidate = CandidateField(
        label=_("Ukrainian municipality"), queryset=Candidate.objects.none(),
        empty_label=_("Choose a Ukrainian municipality"),
        error_messages={"required": _("Choose the Ukrainian municipality.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answered = Response.objects.exclude(state__in=["draft", "withdrawn"]).select_related(
            "municipality__county"
        )
        self.fields["response"].queryset = answered.order_by("municipality__name", "-id")  # type: ignore[attr-defined]  # a ModelChoiceField
        pool = Candidate.objects.select_related("hromada__oblast").order_by(
            "hromada__oblast__name_en", "hromada__centre_en"
        )
        self.fields["candidate"].queryset = pool  # type: ignore[attr-defined]  # a ModelChoiceField
