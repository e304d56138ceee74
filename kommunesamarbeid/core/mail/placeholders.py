"""A text from a person is filled by putting values where names stand in braces, once.

Nothing in it is ever run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

MARK = re.compile(r"\{([^{}]*)\}")
Context = Mapping[str, Any]
LINK_MEANS = _("The link. The text must have it.")


class Unfillable(Exception):
    """The text names what the mail does not carry."""


@dataclass(frozen=True)
class Placeholder:
    """A value that a mail carries: its name in braces, what it means, and how it is read from the mail's
    context.

    A text without a `required` one is refused. `sample` is what the fictional cast puts into the context.
    """

    name: str
    meaning: str | Promise
    value: Callable[[Context], str]
    required: bool = False
    is_link: bool = False
    sample: Context = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Return how it stands in a text."""
        return f"{{{self.name}}}"


def link(
    address: str, *args: str, name: str = "link", meaning: str | Promise = "", query: str = ""
) -> Placeholder:
    """Return the link to an address by its URL name; `args` name values of the mail's context.

    `link` itself is required.
    """

    def value(context: Context) -> str:
        return f"{settings.BASE_URL}{reverse(address, args=[context[arg] for arg in args])}{query}"

    sample = {
        "token": "x8Kq2-eksempel-Lw41",
        "agreement": 4711,
        "candidate": 4712,
        "response": 4713,
        "user": 4714,
    }
    return Placeholder(
        name,
        meaning or LINK_MEANS,
        value,
        required=name == "link",
        is_link=True,
        sample={arg: sample[arg] for arg in args},
    )


def number(key: str, meaning: str | Promise, *, sample: int = 5) -> Placeholder:
    """Return a number of the mail's context."""
    return Placeholder(key, meaning, lambda context: str(localize(context[key])), sample={key: sample})


def name_of(key: str, meaning: str | Promise, *, sample: Any, name: str = "") -> Placeholder:
    """Return a name of the mail's context, or of the place in it."""
    return Placeholder(
        name or key,
        meaning,
        lambda context: str(getattr(context[key], "name", context[key])),
        sample={key: sample},
    )


def moment(key: str, name: str, meaning: str | Promise, *, form: str) -> Placeholder:
    """Return a date or time of the mail's context, written as the standard text writes it."""
    sample = datetime(2026, 12, 18, 22, 59, tzinfo=UTC)
    return Placeholder(
        name, meaning, lambda context: date_format(localtime(context[key]), form), sample={key: sample}
    )


def part(name: str, meaning: str | Promise, *, required: bool = False, **sample: Any) -> Placeholder:
    """Return a sentence that depends on the case, from `templates/mail/parts/<name>.txt`.

    The standard text includes it too.
    """
    return Placeholder(
        name,
        meaning,
        lambda context: render_to_string(f"mail/parts/{name}.txt", dict(context)).strip(),
        required,
        sample=sample,
    )


REFERENCE = Placeholder(
    "reference",
    _("The reference number of the case"),
    lambda context: str(context["case_reference"]),
    sample={"case_reference": "NO-7K4M-2X"},
)


def unknown_in(text: str, placeholders: Iterable[Placeholder]) -> list[str]:
    """Return what stands in braces and is not a placeholder, in the order of the text."""
    names = {placeholder.name for placeholder in placeholders}
    return list(dict.fromkeys(mark[0] for mark in MARK.finditer(text) if mark[1] not in names))


def fill(text: str, placeholders: Iterable[Placeholder], context: Context) -> str:
    """Put the values into the text; a value is never looked into.

    Raises Unfillable, and what reading a value raises.
    """
    by_name = {placeholder.name: placeholder for placeholder in placeholders}

    def put(mark: re.Match[str]) -> str:
        if mark[1] not in by_name:
            raise Unfillable(mark[0])
        return by_name[mark[1]].value(context)

    return MARK.sub(put, text)


def with_marks(text: str, placeholders: Iterable[Placeholder], context: Context) -> str:
    """Return a filled text with the names put back where the values stand; the longest value first."""
    values = {placeholder.mark: placeholder.value(context) for placeholder in placeholders}
    for mark, value in sorted(values.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(value, mark)
    return text
