"""What a person writes around a case becomes checked text: a note, a question to AUC, its answer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.form_fields import WordsField

IN_ENGLISH: dict[str, Any] = {
    "max_length": 2000,
    "widget": forms.Textarea(attrs={"rows": 4}),
    "help_text": _("In English. No names of persons. At most 2,000 characters."),
}


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
        label=_("Question to AUC"), error_messages={"required": _("Write the question.")}, **IN_ENGLISH
    )


class AnswerForm(forms.Form):
    """AUC's answer to KS."""

    text = WordsField(
        label=_("Answer to KS"), error_messages={"required": _("Write the answer.")}, **IN_ENGLISH
    )
