"""What a person types to decide on proposals, or to find decisions, becomes checked values."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import DayField, WordsField
from kommunesamarbeid.core.models import Organisation
from matching.choices import DecisionKind, RejectReason, Verdict


class SeenForm(forms.Form):
    """A form that brings back the state its reader saw,
    so that an act on something changed meanwhile is refused.
    """

    seen = forms.CharField(widget=forms.HiddenInput, max_length=20, required=False)


class ApproveForm(SeenForm):
    """Approve a proposal; `kind` is the approval the page offered,
    so that nobody gives another one unawares.
    """

    kind = forms.ChoiceField(widget=forms.HiddenInput, choices=DecisionKind.choices)
    no_conflict = forms.BooleanField(
        label=_("I have no conflict of interest in this case"),
        label_suffix="",
        help_text=_("For example family, own business or an office in one of the two municipalities."),
        error_messages={"required": _("Confirm that you have no conflict of interest in this case.")},
    )
    reason = WordsField(
        label=_("Note for the history (optional)"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Colleagues in KS read it. No names of municipal contacts. At most 2,000 characters."),
    )  # fmt: skip


class RejectForm(SeenForm):
    """Reject a proposal."""

    reason_code = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("Choose a reason")), *RejectReason.choices],
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose a reason from the list.")},
    )  # fmt: skip
    reason = WordsField(
        label=_("Explanation"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say it so that a mayor understands it. No names of persons. At most 2,000 characters."),
        error_messages={"required": _("Explain the reason in words.")},
    )  # fmt: skip


class SeenReasonForm(SeenForm):
    """An act that needs a reason in words."""

    reason = WordsField(
        label=_("Reason"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("No names of persons. At most 2,000 characters."),
        error_messages={"required": _("Give a reason in words.")},
    )  # fmt: skip


class BulkForm(forms.Form):
    """Approve several proposals at once."""

    ids = forms.CharField(widget=forms.HiddenInput, max_length=700)
    no_conflict = forms.BooleanField(
        label=_("I have no conflict of interest in any of these cases"),
        label_suffix="",
        help_text=_("For example family, own business or an office in one of the municipalities."),
        error_messages={
            "required": _("Confirm that you have no conflict of interest in any of these cases.")
        },
    )
    reason = WordsField(
        label=_("Note for the history (optional)"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands with each of the decisions. No names of municipal contacts. At most 2,000 characters."),
    )  # fmt: skip


class LogForm(forms.Form):
    """Which decisions to show."""

    verdict = forms.ChoiceField(
        label=_("Decision"), choices=[("", _("All")), *Verdict.choices], required=False
    )
    kind = forms.ChoiceField(
        label=_("Approval"), choices=[("", _("All")), *DecisionKind.choices], required=False
    )
    organisation = forms.ChoiceField(
        label=_("Organisation"), choices=[("", _("All")), *Organisation.choices], required=False
    )
    code = forms.ChoiceField(
        label=_("Reason"), choices=[("", _("All")), *RejectReason.choices], required=False
    )
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)
