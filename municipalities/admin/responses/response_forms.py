"""What KS writes when it asks, defers or withdraws: a reason in words, a day that is not past."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import DayField, TextField
from kommunesamarbeid.core.texts import without_identity_numbers
from municipalities.states import ResponseState


class ReasonField(TextField):
    """A reason or a question in words, from which national identity numbers are taken out."""

    widget = forms.Textarea(attrs={"rows": "4"})

    def clean(self, value: Any) -> str:
        """Return the text without such numbers; refuse when nothing is left."""
        text, _found = without_identity_numbers(super().clean(value).strip())
        if not text:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return text


class ComingDayField(DayField):
    """A day from today on."""

    def validate(self, value: Any) -> None:
        """Refuse a day that is past."""
        super().validate(value)
        if value is not None and value < timezone.localdate():
            raise forms.ValidationError(_("The date must not be past."), code="past")


class AskForm(forms.Form):
    """What KS asks and by when."""

    question = ReasonField(
        label=_("What do you need to know?"),
        max_length=2000,
        help_text=_("The municipality reads it behind its link."),
    )
    deadline = ComingDayField(label=_("Answer by"))


class DeferForm(forms.Form):
    """Why the case waits and until when."""

    reason = ReasonField(label=_("Reason"), max_length=300)
    wake_on = ComingDayField(label=_("Take up again on"))


class WithdrawForm(forms.Form):
    """Why KS withdraws the interest on behalf of the municipality."""

    reason = ReasonField(label=_("Reason"), max_length=1000)


class ReopenForm(forms.Form):
    """Until when KS opens one municipality's answers, and why."""

    until = ComingDayField(label=_("Open until and including"))
    reason = ReasonField(
        label=_("Reason"),
        max_length=1000,
        help_text=_("It stands in the history. The municipality does not see it."),
    )


class ExportForm(forms.Form):
    """Which responses, and as which file."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All that are submitted")), *ResponseState.choices[1:]],
    )
    format = forms.ChoiceField(label=_("File"), choices=[("xlsx", "Excel (XLSX)"), ("csv", "CSV")])


class ExportPeopleForm(ExportForm):
    """The same with contact persons: only for a reason."""

    reason = ReasonField(
        label=_("Reason"), max_length=1000, help_text=_("It stands in the audit trail with your name.")
    )
