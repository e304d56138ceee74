"""A mail's words: the standard text, and KS's own text checked and filled in."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from kommunesamarbeid.core.mail.letters import Letter
from kommunesamarbeid.core.mail.placeholders import Context, Unfillable, fill, unknown_in, with_marks

SUBJECT_LENGTH, BODY_LENGTH = 150, 4_000
LINE_LENGTH = 900  # RFC 5322 ends a line at 998 bytes at most; the values need room too
Fault = tuple[str, str]
Words = tuple[str, str]


def standard(name: str, context: Context) -> Words:
    """Return subject and body of the standard text in the active language (the template's first line is the
    subject).
    """
    text = render_to_string(f"mail/{name}.txt", {**context, "base_url": settings.BASE_URL})
    subject, _mark, body = text.strip().partition("\n")
    return subject.strip(), body.strip()


def standard_with_marks(letter: Letter, language: str) -> Words:
    """Return the standard text in one language as somebody would write it, with placeholders.

    Empty for a page.
    """
    if letter.is_page:
        return "", ""
    with translation.override(language):
        # Numbers that stand in no text, so that none is taken for a value; each takes the form of many.
        odd = {
            key: 7350 + 10 * at if type(value) is int else value
            for at, (key, value) in enumerate(letter.sample.items())
        }
        subject, body = standard(letter.name, odd)
        return with_marks(subject, letter.in_subject, odd), with_marks(body, letter.placeholders, odd)


def faults(letter: Letter, subject: str, body: str) -> Iterator[Fault]:
    """Yield what is wrong with a text: the field, and why in words."""
    if not letter.is_page:
        yield from _subject_faults(letter, subject)
    if not body.strip():
        yield (
            "body",
            gettext("Write the text, or remove it.")
            if letter.is_page
            else gettext("Write the text, or go back to the standard text."),
        )
        return
    if len(body) > BODY_LENGTH:
        yield "body", gettext("The text is too long: at most %(limit)d characters.") % {"limit": BODY_LENGTH}
    if any(len(line) > LINE_LENGTH for line in body.splitlines()):
        yield (
            "body",
            gettext("A paragraph is too long: at most %(limit)d characters on a line.")
            % {"limit": LINE_LENGTH},
        )
    if unknown := unknown_in(body, letter.placeholders):
        yield "body", _not_known(unknown)
    if missing := [
        placeholder.mark
        for placeholder in letter.placeholders
        if placeholder.required and placeholder.mark not in body
    ]:
        yield "body", gettext("The text must have %(names)s.") % {"names": ", ".join(missing)}


def _subject_faults(letter: Letter, subject: str) -> Iterator[Fault]:
    if not subject.strip():
        yield "subject", gettext("Write a subject.")
    if len(subject) > SUBJECT_LENGTH:
        yield (
            "subject",
            gettext("The subject is too long: at most %(limit)d characters.") % {"limit": SUBJECT_LENGTH},
        )
    if len(subject.splitlines()) > 1:
        yield "subject", gettext("The subject is one line.")
    if links := [
        placeholder.mark
        for placeholder in letter.placeholders
        if placeholder.is_link and placeholder.mark in subject
    ]:
        yield (
            "subject",
            gettext("A link cannot stand in the subject: %(names)s.") % {"names": ", ".join(links)},
        )
    if unknown := unknown_in(subject, letter.placeholders):
        yield "subject", _not_known(unknown)


def _not_known(marks: list[str]) -> str:
    return gettext(
        "This text has no %(names)s. Use the placeholders on this page, written exactly as they are."
    ) % {"names": ", ".join(marks)}


def compose(letter: Letter, subject: str, body: str, context: Context) -> Words:
    """Return KS's own text filled for one mail, in the active language.

    Raises Unfillable, and what reading a value raises.
    """
    if wrong := list(faults(letter, subject, body)):
        raise Unfillable(wrong[0][1])
    # A value with a line break would end the header.
    return " ".join(fill(subject, letter.in_subject, context).split()), fill(
        body, letter.placeholders, context
    ).strip()
