"""A mail's standard text can be written with the placeholders that the registry offers, and KS's own is checked and
filled in, never run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils import translation

from kommunesamarbeid.core.mail.composing import compose, faults, standard, standard_with_marks
from kommunesamarbeid.core.mail.letters import LETTERS, RECEIPT_PAGE, Letter
from kommunesamarbeid.core.mail.placeholders import Unfillable, fill

EVERY = [(letter, language) for letter in LETTERS.values() for language in letter.languages]
LINK = LETTERS["link"]


@pytest.mark.parametrize(
    ("letter", "language"), EVERY, ids=[f"{letter.name}-{language}" for letter, language in EVERY]
)
def test_the_standard_text_with_placeholders_is_sound_and_filled_it_is_the_standard_text(
    letter: Letter, language: str
) -> None:
    subject, body = standard_with_marks(letter, language)
    assert list(faults(letter, subject, body)) == []
    assert [each.mark for each in letter.placeholders if each.mark not in subject + body] == []
    with translation.override(language):
        assert compose(letter, subject, body, letter.sample) == standard(letter.name, letter.sample)


def test_what_looks_like_a_template_is_never_run() -> None:
    for text in (
        "{% load static %}",
        "{{ settings.SECRET_KEY }}",
        "{% include 'mail/link.txt' %}",
        "{0.__class__}",
        "{link!r}",
    ):
        found = dict(faults(LINK, "A subject", f"{text} {{link}}"))
        assert found.keys() == {"body"}, text
        with pytest.raises(Unfillable):
            compose(LINK, "A subject", f"{text} {{link}}", LINK.sample)


def test_a_value_is_never_looked_into() -> None:
    context = {**LINK.sample, "municipality": SimpleNamespace(name="{link} {{ 7|add:1 }} <b>")}
    assert fill("{municipality}", LINK.placeholders, context) == "{link} {{ 7|add:1 }} <b>"


def test_a_value_with_a_line_break_ends_no_header() -> None:
    context = {**LINK.sample, "municipality": SimpleNamespace(name="Bodø\r\nBcc: all@bodo.example")}
    subject, _body = compose(LINK, "To {municipality}", "{link}", context)
    assert subject == "To Bodø Bcc: all@bodo.example"


@pytest.mark.parametrize(
    ("subject", "body", "field", "why"),
    [
        ("", "Open {link}", "subject", "Write a subject."),
        ("Hi\nBcc: x", "Open {link}", "subject", "The subject is one line."),
        ("S" * 151, "Open {link}", "subject", "The subject is too long: at most 150 characters."),
        ("Use {link}", "Open {link}", "subject", "A link cannot stand in the subject: {link}."),
        ("Hello", " \n ", "body", "Write the text, or go back to the standard text."),
        ("Hello", "Open it", "body", "The text must have {link}."),
        (
            "Hello",
            "{link} {name}",
            "body",
            "This text has no {name}. Use the placeholders on this page, written exactly as they are.",
        ),
        (
            "Hello",
            "{link}\n" + "x" * 901,
            "body",
            "A paragraph is too long: at most 900 characters on a line.",
        ),
        ("Hello", "{link}\n" * 600, "body", "The text is too long: at most 4000 characters."),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_with_the_reason(
    subject: str, body: str, field: str, why: str
) -> None:
    with translation.override("en"):
        assert list(faults(LINK, subject, body)) == [(field, why)]


def test_a_page_has_no_subject_no_placeholders_and_no_standard_text() -> None:
    assert standard_with_marks(RECEIPT_PAGE, "nb") == ("", "")
    assert list(faults(RECEIPT_PAGE, "", "Thank you!")) == []
    assert [field for field, _why in faults(RECEIPT_PAGE, "", "Thank you, {name}!")] == ["body"]
