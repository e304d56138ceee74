"""What a form takes is in its one form before anything else looks at it: texts, addresses, days."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.dates import FORM, MILESTONE, NotADay, read_date, read_day
from kommunesamarbeid.core.texts import tidy, without_identity_numbers

AS_PRECISE = _("As precise as you know it: 2026, 06.2026 or 12.06.2026.")


class TextField(forms.CharField):
    """A text in its one form; a field of several lines keeps them."""

    def to_python(self, value: Any) -> Any:
        """Return the text tidied."""
        text = super().to_python(value)
        return tidy(text, lines=isinstance(self.widget, forms.Textarea)) if isinstance(text, str) else text


class WordsField(TextField):
    """Free text in which no national identity number may stand, so that none is ever stored."""

    default_error_messages = {
        "identity_number": _("Remove the national identity number. The portal never keeps one.")
    }

    def clean(self, value: Any) -> Any:
        """Return the text; refuse one with such a number."""
        text = super().clean(value)
        if without_identity_numbers(text)[1]:
            raise forms.ValidationError(self.error_messages["identity_number"], code="identity_number")
        return text


class AddressField(forms.EmailField):
    """An e-mail address without what nobody sees in it."""

    def to_python(self, value: Any) -> Any:
        """Return the address tidied."""
        text = super().to_python(value)
        return tidy(text) if isinstance(text, str) else text


class DayField(forms.DateField):
    """A day by the browser's own control.

    What is typed instead is read by the portal's one table of shapes.
    """

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def to_python(self, value: Any) -> Any:
        """Return the day."""
        if not isinstance(value, str) or not value.strip():
            return super().to_python(value)
        try:
            return read_day(value, FORM)
        except NotADay:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class PartialDateField(TextField):
    """A date as precise as it is known; cleans to (first day, precision)."""

    default_error_messages = {
        "required": _("Write the date."),
        "invalid": _("Write the date as 2026, as 06.2026 or as 12.06.2026."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": AS_PRECISE, "max_length": 20, **kwargs})

    def clean(self, value: Any) -> Any:
        """Return (date, precision), or None when nothing was typed and nothing had to be."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_date(text, MILESTONE)
        except NotADay:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
