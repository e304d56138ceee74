"""A page of the questionnaire with the follow-ups that a script unfolds on it (F-11): what one post of it
answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass

from municipalities.questionnaire.structure import Page, Section, Values, follow_ups, joined


def print_of(page: Page, values: Values) -> str:
    """Return the page's key and a short print of its values, which tells whether somebody has touched it
    since.
    """
    cells = [values.get(question.key) or "" for question in page.questions]
    return f"{page.key}:{hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Asked:
    """A page, and the follow-ups that were in its form: only a script puts them there, with their prints."""

    page: Page
    unfolded: tuple[Page, ...]

    @classmethod
    def of(cls, section: Section, page: Page, was: Collection[str]) -> Asked:
        """Return what was asked by the form that posted these prints."""
        keys = {print_line.partition(":")[0] for print_line in was}
        return cls(page, tuple(other for other in follow_ups(section, page) if other.key in keys))

    @property
    def whole(self) -> Page:
        """Everything posted: it is saved also when the choice hides it, so that nothing written is lost."""
        return joined(self.page, self.unfolded)

    def called_for(self, values: Values) -> list[Page]:
        """Return the follow-ups that the values on the page call for; only these are read."""
        return [other for other in self.unfolded if other.when is not None and other.when.holds(values)]

    def answered(self, values: Values) -> list[str]:
        """Return the keys of the follow-ups answered here; one left empty is asked on its own page."""
        asked = self.called_for(values)
        return [other.key for other in asked if any(values.get(question.key) for question in other.questions)]

    def prints(self, values: Values) -> list[str]:
        """Return the prints of the page and its follow-ups."""
        return [print_of(page, values) for page in (self.page, *self.unfolded)]

    def is_touched(self, values: Values, was: Collection[str]) -> bool:
        """Say whether somebody has changed an answer since the form with these prints was shown."""
        return not set(self.prints(values)) <= set(was)
