"""What happens in the demo happens in the order of its time, so that the audit trail reads as if it had been
lived.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import count
from random import Random

Act = Callable[[datetime], object]


class Timeline:
    """Acts waiting for their time; what lies after the end has not happened yet and is dropped."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        self._waiting: list[tuple[datetime, int, Act]] = []
        self._order = count()

    def at(self, when: datetime, act: Act) -> None:
        """Let `act` happen at `when`; of two at the same time the one planned first comes first."""
        if when <= self.end:
            heapq.heappush(self._waiting, (when, next(self._order), act))

    def play(self) -> None:
        """Let everything happen; an act may plan others."""
        while self._waiting:
            when, _order, act = heapq.heappop(self._waiting)
            act(when)

    def working_hour(self, days_ago: int, dice: Random) -> datetime:
        """Return a time of day between 8 and 15 UTC, so many days before the end (at least one)."""
        day = self.end - timedelta(days=max(days_ago, 1))
        return day.replace(
            hour=dice.randint(8, 14), minute=dice.randint(0, 59), second=dice.randint(0, 59), microsecond=0
        )


def dice_for(seed: int, *names: object) -> Random:
    """Return the dice of one party: what befalls it does not depend on how many others there are."""
    return Random(f"{seed}:{':'.join(map(str, names))}")  # noqa: S311  # a demo's dice guard no secret


def share_out(fates: Iterable[tuple[str, int]], number: int, dice: Random) -> list[str]:
    """Return `number` fates in the given proportions, every fate at least once when there is room, in random
    order.
    """
    weights = dict(fates)
    total = sum(weights.values())
    dealt = list(weights)[:number]
    bounds = [(fate, sum(list(weights.values())[: index + 1]) / total) for index, fate in enumerate(weights)]
    rest = number - len(dealt)
    dealt += [next(fate for fate, bound in bounds if (index + 0.5) / rest <= bound) for index in range(rest)]
    dice.shuffle(dealt)
    return dealt
