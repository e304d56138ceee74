"""What a row of the access table is, and who the people are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

# "-" anonymous · N Mona (own municipality, by link) · O Ola (another municipality, by link) · H a hromada's contact, by link ·
# K Kari, coordinator · G Guro, approver · L Lars, reader · U Andrij, AUC editor · R Olena, AUC reader · A Astrid, administrator
PEOPLE = ("-", "N", "O", "H", "K", "G", "L", "U", "R", "A")
OK, FOUND, REFUSED, MISSING, LOGIN = "200", "302", "403", "404", "login"


@dataclass(frozen=True)
class Row:
    """One address: its URL name, the outcome per person, and how to call it.

    `outcomes` maps a string of person letters to an outcome ("KGL": "200"); whoever is not named gets `others`.
    LOGIN means: sent to the login page (staff pages) or to the page that asks for a link (municipal pages).
    `target` gives the URL's arguments from the world's objects, by the attribute name in `tests/world.py`.
    A POST-only address has method="post" and the data to post; a permitted POST that redirects is FOUND.
    """

    name: str
    outcomes: Mapping[str, str]
    others: str
    target: Callable[[Any], dict[str, Any]] | None = None
    method: str = "get"
    data: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] = field(default_factory=dict)

    def expected(self, person: str) -> str:
        """Return the outcome for one person."""
        return next((outcome for letters, outcome in self.outcomes.items() if person in letters), self.others)


def public(name: str, **more: Any) -> Row:
    """An address everybody may read."""
    return Row(name, {}, OK, **more)


def desk(name: str, letters: str, **more: Any) -> Row:
    """A desk page: `letters` may, other staff is refused, everybody else is sent to the login."""
    staff = "".join(person for person in "KGLURA" if person not in letters)
    return Row(name, {letters: more.pop("outcome", OK), staff: more.pop("refusal", REFUSED)}, LOGIN, **more)
