"""Answers in words, section by section: the check page, the receipt and the staff view show the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from kommunesamarbeid.core.visibility import Level
from municipalities.models import Municipality
from municipalities.questionnaire.answers import Codebook
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
    pages_of,
)


@dataclass
class Row:
    """One question and its answer in words; `value` and `values` are both empty when unanswered."""

    label: str
    value: str = ""
    values: list[str] = field(default_factory=list)
    change_url: str = ""


@dataclass
class Part:
    """A section with its rows by page."""

    section: Section
    pages: list[tuple[Page, list[Row]]]

    @property
    def rows(self) -> list[Row]:
        """Return the rows of every page."""
        return [row for _page, rows in self.pages for row in rows]


class Status:
    """The three statuses of the task list (F-05)."""

    NOT_STARTED, IN_PROGRESS, COMPLETED = "not_started", "in_progress", "completed"


def parts(
    answers: Values,
    codebook: Codebook,
    people: Mapping[str, str] | None = None,
    reach: Level = Level.RESTRICTED,
) -> list[Part]:
    """Return every section in words.

    Contact persons only when `people` is given, and no row above `reach`.
    """
    shown: list[Part] = []
    for section in STRUCTURE:
        pages = [(page, _rows(page, answers, codebook, people, reach)) for page in pages_of(section, answers)]
        if answered := [(page, rows) for page, rows in pages if rows]:
            shown.append(Part(section, answered))
    return shown


@dataclass(frozen=True)
class Change:
    """A question whose answer differs between two versions.

    Either side is None when it was not asked there.
    """

    label: str
    before: Row | None
    after: Row | None


def changes(older: Values, newer: Values, codebook: Codebook) -> list[Change]:
    """Return what differs between two versions, in the newer one's order, then what is not asked any more."""
    before, after = (
        {row.label: row for part in parts(answers, codebook) for row in part.rows}
        for answers in (older, newer)
    )
    labels = [*after, *(label for label in before if label not in after)]
    rows = [Change(label, before.get(label), after.get(label)) for label in labels]
    return [change for change in rows if _said(change.before) != _said(change.after)]


def _said(row: Row | None) -> tuple[str, list[str]]:
    return (row.value, row.values) if row is not None else ("", [])


def status_of(section: Section, draft: Values, wrong: Iterable[str]) -> str:
    """Return a section's status, computed from what is saved and what is wrong with it (F-05)."""
    saved = set(draft.get("saved", ()))
    keys = {page.key for page in pages_of(section, draft)}
    if not keys & saved:
        return Status.NOT_STARTED
    return Status.COMPLETED if keys <= saved and keys.isdisjoint(wrong) else Status.IN_PROGRESS


def public_facts(municipality: Municipality) -> list[Row]:
    """Return what the registers say of the municipality: shown, not asked.

    What no source gives is left out.
    """
    facts = [
        (_("County"), str(municipality.county)),
        (_("Municipality number"), municipality.number),
        (_("Inhabitants"), _inhabitants(municipality)),
        (_("Written standard"), str(municipality.get_written_standard_display())),
        (_("Website"), municipality.website),
    ]
    return [Row(label, value) for label, value in facts if value]


def _inhabitants(municipality: Municipality) -> str:
    if municipality.population is None:
        return ""
    count = number_format(municipality.population, force_grouping=True)
    year = municipality.population_year
    return _("%(count)s (1 January %(year)s)") % {"count": count, "year": year} if year else count


def theme_title(page: Page, codebook: Codebook) -> str:
    """Return a page's heading; a page for one theme is headed by the theme's name."""
    return (
        codebook.themes[page.theme].name if page.theme and page.theme in codebook.themes else str(page.title)
    )


@dataclass
class Both:
    """A question of which two people have given different answers: what is saved, and what was typed here."""

    saved: Row
    typed: Row


def differences(page: Page, saved: Values, typed: Values, codebook: Codebook) -> list[Both]:
    """Return the page's questions whose raw values differ, each in words from both sides (F-12)."""
    return [
        Both(
            raw_row(question, saved.get(question.key), codebook),
            raw_row(question, typed.get(question.key), codebook),
        )
        for question in page.questions
        if (saved.get(question.key) or "") != (typed.get(question.key) or "")
    ]


def raw_row(question: Question, raw: Any, codebook: Codebook) -> Row:
    """Return a draft's raw value in words, also one that is no valid answer yet."""
    label = str(question.label)
    if question.kind in MANY:
        return Row(label, values=[_word(question, code, codebook) for code in raw or ()])
    if question.kind == Kind.CHOICE and raw:
        return Row(label, _word(question, raw, codebook))
    return Row(label, _("Yes") if question.kind == Kind.TICK and raw else str(raw or ""))


def _rows(
    page: Page, answers: Values, codebook: Codebook, people: Mapping[str, str] | None, reach: Level
) -> list[Row]:
    rows = []
    for question in page.questions:
        if question.level > reach or (question.store != Store.ANSWERS and people is None):
            continue
        row = _row(question, _answer(page, question, answers, people or {}), codebook)
        row.label = f"{theme_title(page, codebook)}: {row.label}" if page.theme else row.label
        rows.append(row)
    return rows


def _answer(page: Page, question: Question, answers: Values, people: Mapping[str, str]) -> Any:
    if question.store != Store.ANSWERS:
        return people.get(question.key)
    if page.theme:
        return (
            answers.get("offers", {})
            .get(page.theme, {})
            .get(question.key.removeprefix(f"offer_{page.theme}_"))
        )
    return answers.get(question.key)


def _row(question: Question, answer: Any, codebook: Codebook) -> Row:
    label = str(question.label)
    if answer is None or answer in ("", []):
        return Row(label)
    if question.kind == Kind.PLACES:
        return Row(label, values=[hromada.place for hromada in codebook.hromadas(answer).values()])
    if question.kind in MANY:
        return Row(label, values=[_word(question, code, codebook) for code in answer])
    if question.kind == Kind.CHOICE:
        return Row(label, _word(question, answer, codebook))
    if question.kind == Kind.DATE:
        return Row(label, date_format(date.fromisoformat(answer)))
    return Row(label, _("Yes") if question.kind == Kind.TICK else str(answer))


def _word(question: Question, code: Any, codebook: Codebook) -> str:
    """Return a code in words; a code no list has any more stays readable as itself."""
    if question.kind in {Kind.THEMES, Kind.OUT_OF_SCOPE}:
        return codebook.themes[code].name if code in codebook.themes else str(code)
    words: dict[str, Text] = dict(codebook.options(question))
    return str(words.get(str(code), code))
