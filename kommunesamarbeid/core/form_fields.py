"""Fields that several forms have: a date as precise as it is known,
and words that hold no identity number.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from kommunesamarbeid.core.texts import without_identity_numbers

YEAR, MONTH, DAY = "year", "month", "day"
YEARS: Final = range(1900, 2100)


class PartialDateField(forms.CharField):
    """A date as precise as it is known; cleans to (first day, precision)."""

    default_error_messages = {
        "invalid": _("Write the date as 2026, as 06.2026 or as 12.06.2026."),
    }
    shapes = (
        (re.compile(r"(?P<y>\d{4})"), YEAR),
        (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})"), MONTH),
        (re.compile(r"(?P<m>\d{1,2})\.(?P<y>\d{4})"), MONTH),
        (re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"), DAY),
        (re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"), DAY),
    )

    def clean(self, value: Any) -> Any:
        """Return (date, precision), or None when nothing was typed and nothing had to be."""
        text = super().clean(value)
        if not text:
            return None
        for shape, precision in self.shapes:
            if match := shape.fullmatch(re.sub(r"\s", "", text)):
                return self._date(match.groupdict()), precision
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid")

    def _date(self, parts: dict[str, str]) -> date:
        try:
            day = date(int(parts["y"]), int(parts.get("m", 1)), int(parts.get("d", 1)))
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        if day.year not in YEARS:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


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
