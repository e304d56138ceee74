"""An act that is refused says why, in words the reader gets, at the field it concerns:
one family for all services.

What several services refuse alike stands here once. A service whose reader needs other words, or types in
another field, hands them over: `raise ReasonMissing(message=_("Say why in a few words."))`. A different fault
is a class of its own beside its service, under a name that says what is different.
"""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A rule said no: `message` says why in words, `field` names the answer it concerns; blank for all."""

    message: str | Promise = ""
    field: str = ""
    current: Any = None  # the row as it is now, when the writer saw an older one

    def __init__(
        self, *facts: object, message: str | Promise | None = None, field: str | None = None
    ) -> None:
        super().__init__(*facts)
        if message is not None:
            self.message = message
        if field is not None:
            self.field = field

    def __str__(self) -> str:
        return str(self.message)


class ReasonMissing(Refused):
    """An act that needs its reason came without one."""

    message = _("Write the reason.")
    field = "reason"


class SourceMissing(Refused):
    """A fact is known from somewhere; without a source it is a rumour."""

    message = _("Write the source.")
    field = "source"


class TextMissing(Refused):
    """Nothing was written."""

    message = _("Write something first.")
    field = "text"


class NameMissing(Refused):
    """What is made has a name to be found by."""

    message = _("Write a name.")
    field = "name"


class GiverMissing(Refused):
    """A consent is given by an office."""

    message = _("Write which office gave the consent.")
    field = "given_by"


class InFuture(Refused):
    """What has happened has a date that has come."""

    message = _("The date is in the future.")


class SamePerson(Refused):
    """What takes two people is not done by one."""

    message = _("Another person must do this.")
