"""What a party answers and reports behind its link becomes checked values; rules stay in the services."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import PartialDateField, WordsField
from matching.choices import Reply


class ReplyForm(forms.Form):
    """What one side answers to an introduction."""

    reply = forms.ChoiceField(
        label=_("Do you wish to co-operate?"), choices=Reply.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer."), "invalid_choice": _("Choose an answer from the list.")},
    )  # fmt: skip
    reason = WordsField(
        label=_("Reason (needed for a no)"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("KS reads it, the other side does not. No names of persons. At most 1,000 characters."),
    )  # fmt: skip


class ReportForm(forms.Form):
    """A municipality reports its own council's decision."""

    on = PartialDateField(label=_("Date of the decision"))
    source = WordsField(
        label=_("Where it can be read"), max_length=400,
        help_text=_("For example the address of the minutes."),
        error_messages={"required": _("Write where the decision can be read.")},
    )  # fmt: skip
    case_number = WordsField(label=_("Case number (optional)"), max_length=60, required=False)
