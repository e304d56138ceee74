"""What was typed becomes an answer with one meaning, or a message that says what is wrong.

Nothing typed is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import IntegerChoices
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from kommunesamarbeid.core import texts
from kommunesamarbeid.core.dates import ANSWER, NotADay, read_day
from kommunesamarbeid.core.texts import without_identity_numbers
from municipalities.models import Hromada, Oblast, Theme
from municipalities.questionnaire.scope import phrases_outside
from municipalities.questionnaire.structure import (
    MANY,
    STRUCTURE,
    Kind,
    Page,
    Question,
    Section,
    Store,
    Text,
    Values,
    all_pages,
    offer_key,
)
from municipalities.registers import KATOTTG, Finder, hromada_finder

# Far above every limit shown: a pasted report survives the error message, a flood does not reach the
# database.
KEPT_CHARACTERS = 20_000
PLACES_READ = 1_000
PHONE = re.compile(r"[\d +()./\u00a0-]+")


class Wrong(Exception):
    """The typed text is not an answer; the message says why, in the reader's language."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = str(message)


class Codebook:
    """The codes an answer may name, each list read at most once."""

    @cached_property
    def themes(self) -> dict[str, Theme]:
        """Return the themes by slug, in order; retired ones too, for earlier answers name them."""
        return {theme.slug: theme for theme in Theme.objects.all()}

    @cached_property
    def oblasts(self) -> dict[str, Oblast]:
        """Return the oblasts by ISO code, by name."""
        return {oblast.iso: oblast for oblast in sorted(Oblast.objects.all(), key=str)}

    @cached_property
    def _finder(self) -> Finder[Hromada]:
        return hromada_finder()

    def hromadas(self, codes: Iterable[str]) -> dict[str, Hromada]:
        """Return the hromadas with these codes, by code."""
        wanted = sorted(set(codes))
        return (
            {h.katottg: h for h in Hromada.objects.select_related("oblast").filter(katottg__in=wanted)}
            if wanted
            else {}
        )

    def places(self, lines: list[str]) -> list[Hromada]:
        """Return the hromada each line names by code, or by place with the oblast when there are several.

        Raises Wrong for a line that names none or several.
        """
        # Most lines carry the code that was put there when they were saved: the register is read for the
        # others only.
        codes = {line: code for line in lines for code in KATOTTG.findall(line.upper())[:1]}
        by_code = self.hromadas(codes.values())
        named = [by_code.get(codes.get(line, "")) or self._place(line) for line in lines]
        return list({hromada.katottg: hromada for hromada in named}.values())

    def spelled_out(self, text: str) -> str:
        """Return the places with oblast and code, so that they are found by code from now on.

        Else the text as it is.
        """
        try:
            hromadas = self.places(_lines(text)) if len(text) <= PLACES_READ else []
        except Wrong:
            return text
        return "\n".join(f"{hromada.place}, {hromada.katottg}" for hromada in hromadas) or text

    def _place(self, line: str) -> Hromada:
        places = self._finder.find(line).places
        if not places:
            raise Wrong(
                _("“%(line)s” is not a Ukrainian municipality we know. Check the spelling or use its code.")
                % {"line": line}
            )
        if len(places) > 1:
            # Sixteen share settlement and oblast with another one: only the code tells them apart.
            choices = "; ".join(sorted(f"{hromada.place}, {hromada.katottg}" for hromada in places))
            raise Wrong(
                _("There are several called “%(line)s”. Write one of these: %(places)s.")
                % {"line": line, "places": choices}
            )
        return places[0]

    def codes(self, question: Question) -> list[str]:
        """Return the codes that may be chosen for a question with choices."""
        if question.kind == Kind.THEMES:
            return [slug for slug, theme in self.themes.items() if theme.is_live]
        if question.kind == Kind.OUT_OF_SCOPE:
            return [
                slug for slug, theme in self.themes.items() if not theme.is_live and theme.retired_at is None
            ]
        if question.kind == Kind.OBLASTS:
            return list(self.oblasts)
        return [str(value) for value in question.choices.values] if question.choices else []

    def options(self, question: Question) -> list[tuple[str, Text]]:
        """Return (code, label) of what may be chosen, in order."""
        if question.kind in {Kind.THEMES, Kind.OUT_OF_SCOPE}:
            return [(slug, self.themes[slug].name) for slug in self.codes(question)]
        if question.kind == Kind.OBLASTS:
            return [(iso, str(oblast)) for iso, oblast in self.oblasts.items()]
        return (
            [(str(value), _as_sentence(label)) for value, label in question.choices.choices]
            if question.choices
            else []
        )


def _as_sentence(label: Text) -> str:
    """Return the label with a capital first letter: the same words stand inside sentences elsewhere."""
    words = str(label)
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Taken:
    """A posted page: raw values by key, and the keys from which a national identity number was taken out."""

    values: dict[str, Any]
    removed: frozenset[str] = frozenset()


def take(page: Page, data: Mapping[str, Any], codebook: Codebook) -> Taken:
    """Take the page's raw values from posted data: tidied text, and only codes that the form offers."""
    values: dict[str, Any] = {}
    removed: set[str] = set()
    for question in page.questions:
        raw = data.getlist(question.key) if hasattr(data, "getlist") else data.get(question.key, [])
        many = [raw] if isinstance(raw, str) else list(raw)
        if question.kind in MANY:
            values[question.key] = [code for code in codebook.codes(question) if code in many]
        elif question.kind == Kind.TICK:
            values[question.key] = "yes" if many and many[-1] else ""
        elif question.kind == Kind.CHOICE:
            values[question.key] = many[-1] if many and many[-1] in codebook.codes(question) else ""
        else:
            text = tidy(many[-1] if many else "", lines=question.kind in {Kind.LONG_TEXT, Kind.PLACES})
            text, numbers = without_identity_numbers(text)
            values[question.key] = codebook.spelled_out(text) if question.kind == Kind.PLACES else text
            removed |= {question.key} if numbers else set()
    return Taken(values, frozenset(removed))


def tidy(text: str, *, lines: bool) -> str:
    """Return the text in its one form, at a storable length."""
    return texts.tidy(text[: 2 * KEPT_CHARACTERS], lines=lines)[:KEPT_CHARACTERS]


def read_page(page: Page, values: Values, codebook: Codebook) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the page's answers by key (unanswered ones absent) and what is wrong by key."""
    answers: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for question in page.questions:
        try:
            answer = read(question, values.get(question.key), codebook)
        except Wrong as error:
            wrong[question.key] = error.message
        else:
            if answer is not None:
                answers[question.key] = answer
    return answers, wrong


def read(question: Question, raw: Any, codebook: Codebook) -> Any:
    """Return what the raw value means, None when unanswered.

    Raises Wrong when it means nothing, and for a required question without an answer.
    """
    if question.kind in MANY and raw:
        raw = [code for code in codebook.codes(question) if code in raw]
    if not raw:
        if question.required:
            raise Wrong(question.missing)
        return None
    if question.kind in MANY:
        return raw
    if question.kind == Kind.TICK:
        return True
    if question.kind == Kind.CHOICE:
        return _choice(question, str(raw), codebook)
    text = str(raw)
    if len(text) > question.max_length:
        raise Wrong(
            _("%(label)s can be at most %(max)s characters. You have written %(count)s.")
            % {
                "label": question.label,
                "max": number_format(question.max_length, force_grouping=True),
                "count": number_format(len(text), force_grouping=True),
            }
        )
    return _READERS.get(question.kind, _text)(question, text, codebook)


def _choice(question: Question, raw: str, codebook: Codebook) -> Any:
    if raw not in codebook.codes(question):
        raise Wrong(_("Choose one of the alternatives."))
    return int(raw) if question.choices is not None and issubclass(question.choices, IntegerChoices) else raw


def _text(question: Question, text: str, codebook: Codebook) -> str:
    return text


def _email(question: Question, text: str, codebook: Codebook) -> str:
    if "@" not in text:
        raise Wrong(_("The email address must contain @."))
    if not is_email(text):
        raise Wrong(_("The email address must be like name@municipality.no."))
    return text.lower()


def is_email(text: str) -> bool:
    """Say whether mail can be addressed to the text."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _phone(question: Question, text: str, codebook: Codebook) -> str:
    if not PHONE.fullmatch(text) or not 5 <= sum(c.isdigit() for c in text) <= 15:
        raise Wrong(_("The phone number must have 5 to 15 digits."))
    return text


def _number(question: Question, text: str, codebook: Codebook) -> int:
    digits = text.replace(" ", "").replace("\u00a0", "")
    if not (digits.isascii() and digits.isdigit()) or not question.low <= int(digits[:9]) <= question.high:
        raise Wrong(
            _("%(label)s must be a number from %(low)s to %(high)s.")
            % {"label": question.label, "low": question.low, "high": question.high}
        )
    return int(digits)


def _date(question: Question, text: str, codebook: Codebook) -> str:
    return parse_date(text).isoformat()


def _places(question: Question, text: str, codebook: Codebook) -> list[str] | None:
    return [hromada.katottg for hromada in codebook.places(_lines(text))] or None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


_READERS = {
    Kind.EMAIL: _email, Kind.PHONE: _phone, Kind.NUMBER: _number, Kind.DATE: _date, Kind.PLACES: _places,
}  # fmt: skip


def parse_date(text: str) -> date:
    """Return the date written as 12.03.2026 or alike. Raises Wrong."""
    try:
        return read_day(text, ANSWER)
    except NotADay:
        raise Wrong(_("The date must be a day, month and year, for example 12.03.2026.")) from None


@dataclass(frozen=True)
class Reading:
    """A whole draft read: the canonical answers, and what is wrong by page and question."""

    answers: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, dict[str, str]] = field(default_factory=dict)


def read_draft(draft: Values, people: Values, codebook: Codebook) -> Reading:
    """Read every page the draft calls for; answers on pages it no longer calls for are left out.

    `people` holds the contact persons' fields by question key; they are checked and never become part of the
    answers.
    """
    reading = Reading()
    values = {**draft, **people}
    for _section, page in all_pages(draft):
        if page.theme and not (page.theme in codebook.themes and codebook.themes[page.theme].is_live):
            continue  # retired since the draft was saved
        page_answers, wrong = read_page(page, values, codebook)
        if wrong:
            reading.wrong[page.key] = wrong
        if page.theme:
            parts = {key.removeprefix(f"offer_{page.theme}_"): answer for key, answer in page_answers.items()}
            reading.answers.setdefault("offers", {})[page.theme] = {"text": "", **parts}
            continue
        stored = {q.key for q in page.questions if q.store == Store.ANSWERS and q.key != "offers"}
        reading.answers.update({key: answer for key, answer in page_answers.items() if key in stored})
    if noticed := outside_scope(values, all_pages(draft)):
        reading.answers["outside_scope"] = noticed
    return reading


def outside_scope(values: Values, pages: Iterable[tuple[Section, Page]]) -> dict[str, list[str]]:
    """Return, by question key, the phrases of long texts that offer works or investment.

    They warn and are recorded.
    """
    questions = [
        question for _section, page in pages for question in page.questions if question.kind == Kind.LONG_TEXT
    ]
    phrases_by_key = {
        question.key: phrases_outside(str(values.get(question.key) or "")) for question in questions
    }
    return {key: phrases for key, phrases in phrases_by_key.items() if phrases}


def raw_values(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a submitted version's answers as the raw values of a new draft (F-29).

    What must be confirmed anew is left out.
    """
    raw: dict[str, Any] = {}
    for question in (
        q for section in STRUCTURE for page in section.pages if not page.each for q in page.questions
    ):
        answer = answers.get(question.key)
        if answer is None or question.kind == Kind.TICK or question.store != Store.ANSWERS:
            continue
        if question.kind == Kind.PLACES:
            raw[question.key] = "\n".join(answer)
        elif question.key != "offers":
            raw[question.key] = answer if question.kind in MANY else str(answer)
    offers = answers.get("offers", {})
    for slug, offer in offers.items():
        raw |= {offer_key(slug, part): str(value) for part, value in offer.items()}
    # PostgreSQL keeps no order of keys; the next save of the page puts the themes into theirs.
    return {**raw, "offers": sorted(offers)} if offers else raw
