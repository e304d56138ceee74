"""Why an act is refused: a rule said no, in words the reader gets, at the field it concerns."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A rule said no: `message` says why in words, `field` names the answer it concerns (blank: all of them)."""

    message: ClassVar[str | Promise] = ""
    field: ClassVar[str] = ""
    current: Any = None  # the row as it is now, when the writer saw an older one

    def __str__(self) -> str:
        return str(self.message)


class ReasonMissing(Refused):
    """An act that needs its reason came without one."""

    message = _("Write the reason.")
    field = "reason"
