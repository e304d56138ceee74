"""What a person types on the decision, agreement and register pages becomes checked values; rules stay in the rooms."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.models import Organisation
from kommunesamarbeid.core.texts import without_identity_numbers
from matching.agreements import ENTERED_STATES
from matching.choices import (
    AgreementKind,
    DecisionKind,
    MilestoneKind,
    Precision,
    RejectReason,
    Reply,
    Side,
    Verdict,
)
from matching.states import AgreementState, EndReason
from municipalities.models import Candidate, Hromada, Municipality, Response

if TYPE_CHECKING:
    AnyChoiceField = forms.ModelChoiceField[Any]
else:
    AnyChoiceField = forms.ModelChoiceField  # not generic at run time

YEARS = range(1900, 2100)


class PartialDateField(forms.CharField):
    """A date as precise as it is known; cleans to (first day, precision)."""

    default_error_messages = {
        "invalid": _("Write the date as 2026, as 06.2026 or as 12.06.2026."),
    }
    shapes = (
        (re.compile(r"(?P<y>\d{4})"), Precision.YEAR),
        (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})"), Precision.MONTH),
        (re.compile(r"(?P<m>\d{1,2})\.(?P<y>\d{4})"), Precision.MONTH),
        (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"), Precision.DAY),
        (re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"), Precision.DAY),
    )

    def clean(self, value: Any) -> Any:
        """Return (date, precision), or None when nothing was typed and nothing had to be."""
        text = super().clean(value)
        if not text:
            return None
        for shape, precision in self.shapes:
            if found := shape.fullmatch(re.sub(r"\s", "", text)):
                return self._date(found.groupdict()), precision
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid")

    def _date(self, parts: dict[str, str]) -> date:
        try:
            found = date(int(parts["y"]), int(parts.get("m", 1)), int(parts.get("d", 1)))
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        if found.year not in YEARS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return found


class WordsField(forms.CharField):
    """Free text in which no national identity number may stand, so that none is ever stored."""

    default_error_messages = {
        "identity_number": _("Remove the national identity number. The portal never keeps one.")
    }

    def clean(self, value: Any) -> Any:
        """Return the text without surrounding spaces."""
        text = super().clean(value)
        if without_identity_numbers(text)[1]:
            raise forms.ValidationError(self.error_messages["identity_number"], code="identity_number")
        return text


class SeenForm(forms.Form):
    """A form that brings back the state its reader saw, so that an act on something changed meanwhile is refused."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=20, required=False)


class ApproveForm(SeenForm):
    """Approve a proposal; `kind` is the approval the page offered, so that nobody gives another one unawares."""

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


class ReasonForm(SeenForm):
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
        label=_("Note for the history (optional)"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
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
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class NoteForm(forms.Form):
    """An internal note."""

    text = WordsField(
        label=_("Note"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Read within your own organisation only, in no export. No names of municipal contacts. At most 2,000 characters."),
        error_messages={"required": _("Write something first.")},
    )  # fmt: skip


class InquiryForm(forms.Form):
    """KS's question to AUC."""

    text = WordsField(
        label=_("Question to AUC"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In English. No names of persons. At most 2,000 characters."),
        error_messages={"required": _("Write the question.")},
    )  # fmt: skip


class AnswerForm(forms.Form):
    """AUC's answer to KS."""

    text = WordsField(
        label=_("Answer to KS"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("In English. No names of persons. At most 2,000 characters."),
        error_messages={"required": _("Write the answer.")},
    )  # fmt: skip


class ChooseForm(forms.Form):
    """Why another pair than the run's."""

    reason = WordsField(
        label=_("Why is this pair better?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Say it so that a mayor understands it. No names of persons. At most 2,000 characters."),
        error_messages={"required": _("Explain in words why this pair is better.")},
    )  # fmt: skip


class ReplyForm(forms.Form):
    """What one side answers to an introduction."""

    reply = forms.ChoiceField(
        label=_("Do you wish to co-operate?"), choices=Reply.choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer."), "invalid_choice": _("Choose an answer from the list.")},
    )  # fmt: skip
    reason = WordsField(
        label=_("Reason (needed for a no)"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("KS reads it, the other side does not. No names of persons. At most 1,000 characters."),
    )  # fmt: skip


class MilestoneForm(forms.Form):
    """Record or correct a milestone."""

    kind = forms.ChoiceField(label=_("Milestone"), choices=MilestoneKind.choices)
    on = PartialDateField(
        label=_("Date"), max_length=10, help_text=_("As precise as you know it: 2026, 06.2026 or 12.06.2026."),
        error_messages={"required": _("Write the date.")},
    )  # fmt: skip
    source = WordsField(
        label=_("Source"), max_length=400, help_text=_("Where this is known from: minutes, a letter, a web page."),
        error_messages={"required": _("Write the source.")},
    )  # fmt: skip
    case_number = WordsField(label=_("Case number (optional)"), max_length=60, required=False)

    def __init__(self, *args: Any, kinds: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kinds is not None:
            choices = [(value, label) for value, label in MilestoneKind.choices if value in kinds]
            self.fields["kind"] = forms.ChoiceField(label=_("Milestone"), choices=choices)


class ReportForm(forms.Form):
    """A municipality reports its own council's decision."""

    on = PartialDateField(
        label=_("Date of the decision"), max_length=10, help_text=_("As precise as you know it: 2026, 06.2026 or 12.06.2026."),
        error_messages={"required": _("Write the date.")},
    )  # fmt: skip
    source = WordsField(
        label=_("Where it can be read"), max_length=400, help_text=_("For example the address of the minutes."),
        error_messages={"required": _("Write where the decision can be read.")},
    )  # fmt: skip
    case_number = WordsField(label=_("Case number (optional)"), max_length=60, required=False)


class DueForm(forms.Form):
    """By when a milestone is wished for."""

    kind = forms.ChoiceField(label=_("Milestone"), choices=MilestoneKind.choices)
    due_on = forms.DateField(
        label=_("Due"), widget=forms.DateInput(attrs={"type": "date"}),
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
    given_on = PartialDateField(
        label=_("Given on"), max_length=10, help_text=_("Day, for example 12.06.2026."),
        error_messages={"required": _("Write the date.")},
    )  # fmt: skip
    given_by = WordsField(
        label=_("Given by (office)"), max_length=120, help_text=_("The office, for example «mayor». Never a person's name."),
        error_messages={"required": _("Name the office that gave the consent.")},
    )  # fmt: skip

    def __init__(self, *args: Any, sides: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sides is not None:
            choices = [(value, label) for value, label in Side.choices if value in sides]
            self.fields["side"] = forms.ChoiceField(label=_("Side"), choices=choices)

    def clean_given_on(self) -> date:
        """A consent has a day."""
        on, precision = self.cleaned_data["given_on"]
        if precision != Precision.DAY:
            raise forms.ValidationError(_("Write the day, for example 12.06.2026."), code="invalid")
        found: date = on
        return found


class MoveForm(SeenForm):
    """Move an agreement a step."""

    to = forms.ChoiceField(label=_("New state"), choices=AgreementState.choices)
    reason = WordsField(
        label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when the partnership is put on pause, and when it is signed without the ministry's clearance."),
    )  # fmt: skip

    def __init__(self, *args: Any, steps: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if steps is not None:
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
        label=_("Norwegian party"), queryset=Response.objects.none(), empty_label=_("Choose a municipality or county"),
        error_messages={"required": _("Choose the Norwegian party.")},
    )  # fmt: skip
    candidate = CandidateField(
        label=_("Ukrainian municipality"), queryset=Candidate.objects.none(), empty_label=_("Choose a Ukrainian municipality"),
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


class ExistingForm(forms.Form):
    """Enter a co-operation that exists already."""

    municipality = PlaceField(
        label=_("Norwegian party"), queryset=Municipality.objects.none(), empty_label=_("Choose a municipality or county"),
        error_messages={"required": _("Choose the Norwegian party.")},
    )  # fmt: skip
    hromada = PlaceField(
        label=_("Ukrainian municipality"), queryset=Hromada.objects.none(), empty_label=_("Choose a Ukrainian municipality"),
        error_messages={"required": _("Choose the Ukrainian municipality.")},
    )  # fmt: skip
    state = forms.ChoiceField(
        label=_("State"), choices=[(state.value, state.label) for state in ENTERED_STATES]
    )
    kind = forms.ChoiceField(label=_("Kind of agreement"), choices=AgreementKind.choices)
    source = WordsField(
        label=_("Source"), max_length=400, help_text=_("Where this is known from: minutes, a letter, a web page."),
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
