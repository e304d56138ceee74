"""What the upper floor shows on a party's own side (its page behind a link): an explicit table, filled in
`matching/apps.py`.

`municipalities` never imports `matching`; the municipality's page and the hromada's page ask here for
proposals to answer, agreements and what is due, and show what they get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from municipalities.models import Hromada, Municipality

Party = Municipality | Hromada


@dataclass(frozen=True)
class Panel:
    """One section of a party's own side: a template of the upper floor, included with `panel` = `data`.

    `urgent` panels (something to answer) stand first on the page, the others below the party's own case.
    """

    template: str
    data: Any
    urgent: bool = False


Provider = Callable[..., Iterable[Panel]]
Undisclosed = Callable[[Municipality], bool]

PROVIDERS: list[Provider] = []
"""Each is called with `party=` and `at=`, and yields what the party may see: its own case and its partner's
`partners` fields.
"""


UNDISCLOSED: list[Undisclosed] = []
"""Each says whether a partner is approved for the municipality to whom it is not introduced yet: its page is
silent about it.
"""


def provide_undisclosed(says: Undisclosed) -> None:
    """Register what knows of partners that are not introduced yet."""
    if says not in UNDISCLOSED:
        UNDISCLOSED.append(says)


def has_undisclosed_partner(municipality: Municipality) -> bool:
    """Whether the municipality has a partner it must not hear of yet."""
    return any(says(municipality) for says in UNDISCLOSED)


def provide(provider: Provider) -> None:
    """Register what gives panels."""
    if provider not in PROVIDERS:
        PROVIDERS.append(provider)


def panels_of(party: Party, *, at: datetime) -> list[Panel]:
    """Return the panels of a party, urgent ones first."""
    panels = [panel for provider in PROVIDERS for panel in provider(party=party, at=at)]
    return sorted(panels, key=lambda panel: not panel.urgent)
