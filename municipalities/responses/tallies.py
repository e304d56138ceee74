"""How the municipalities have answered, question by question: counts with n and non-response, of what was
last submitted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kommunesamarbeid.core.roles import Actor, May, require
from municipalities.models import ResponseVersion
from municipalities.questionnaire import MANY, STRUCTURE, Codebook, Kind, Page, Question, Store, Text
from municipalities.states import ResponseState

COUNTED = MANY | {Kind.CHOICE, Kind.NUMBER}


@dataclass(frozen=True)
class Count:
    """One answer and how many have given it."""

    label: Text
    number: int


@dataclass(frozen=True)
class Tally:
    """One question: how many were asked, how many of them answered, and what, each answer once per
    municipality.
    """

    section: Text
    label: Text
    asked: int
    answered: int
    counts: tuple[Count, ...]

    @property
    def unanswered(self) -> int:
        """How many were asked and did not answer."""
        return self.asked - self.answered


def tally_answers(*, by: Actor) -> list[Tally]:
    """Return the tally of every question with fixed answers, in the questionnaire's order.

    Withdrawn responses are out.

    A conditional question counts only those it was asked. Raises NotAllowed.
    """
    require(by, May.READ_RESPONSES)
    versions = ResponseVersion.objects.exclude(response__state=ResponseState.WITHDRAWN).order_by("number")
    last: dict[int, dict[str, Any]] = dict(
        versions.values_list("response_id", "answers")
    )  # the last version stays
    codebook = Codebook()
    return [
        _tally(section.title, page, question, last.values(), codebook)
        for section in STRUCTURE
        for page in section.pages
        for question in page.questions
        if not page.each and question.store == Store.ANSWERS and question.kind in COUNTED
    ]


def _tally(
    section: Text, page: Page, question: Question, answers: Iterable[dict[str, Any]], codebook: Codebook
) -> Tally:
    asked = [one_version for one_version in answers if page.when is None or page.when.holds(one_version)]
    chosen = [codes for one_version in asked if (codes := _codes(one_version.get(question.key)))]
    numbers = Counter(code for codes in chosen for code in codes)
    words = dict(codebook.options(question)) or {code: code for code in sorted(numbers)}
    # An answer that is no choice any more stands under its code: what was said is counted.
    shown = [*words, *sorted(numbers.keys() - words.keys())]
    if question.kind == Kind.PLACES:
        words = {code: hromada.place for code, hromada in codebook.hromadas(numbers).items()}
    counts = tuple(Count(words.get(code, code), numbers[code]) for code in shown)
    return Tally(section, question.label, len(asked), len(chosen), counts)


def _codes(answer: Any) -> list[str]:
    """Return the codes of an answer; none for one that was not given."""
    if isinstance(answer, dict | list):
        return [str(code) for code in answer]
    return [str(answer)] if answer is not None else []
