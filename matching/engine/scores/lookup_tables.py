"""The points of each criterion as tables over small classes, for arrays and single pairs alike.

Every function broadcasts: classes of the row side first, then of the column side. All results are whole
numbers; where a half or a third is meant, it is rounded down once, here, so that blocks and explanations
cannot differ.
"""

from __future__ import annotations

from itertools import count
from typing import Any, Final

import numpy as np

from matching.engine.scores.criteria import TRAITS, Int

STEPS_PER_DECADE: Final = 12
SIZE_STEPS: Final = 18
"""A difference of 18 steps of a twelfth of a decade, a factor of 32, leaves no likeness in size."""
LONGEST_WAIT: Final = 12
LOWEST_COVERAGE: Final = 600
ACUTE_SIXTHS: Final = np.array([[3, 0, 0, 0], [3, 6, 3, 2], [3, 6, 6, 4], [3, 6, 6, 6]])
"""Sixths of the points for (capacity 0–3, acute needs 0–3): what the capacity covers of the needs."""


def _edge(k: int) -> int:
    """Return the least whole number that is at least 10^(k/12), by whole numbers alone."""
    near = max(1, int(10 ** (k / STEPS_PER_DECADE)) - 1)
    return next(p for p in count(near) if p**STEPS_PER_DECADE >= 10**k)


SIZE_EDGES: Final = np.array([_edge(k) for k in range(1, 8 * STEPS_PER_DECADE + 1)], np.int64)


def size_class(population: Any) -> Int:
    """Return floor(12 × log10 population), -1 for unknown; 0 inhabitants count as 1."""
    population = np.asarray(population)
    return np.where(population < 0, -1, np.searchsorted(SIZE_EDGES, population, side="right"))


def trait_points(likeness: int) -> int:
    """Return what each of the six traits may give; even, so that half of it is whole."""
    return 2 * (likeness // 30)


def size_points(likeness: int) -> int:
    """Return what likeness in size may give: what the traits leave."""
    return likeness - len(TRAITS) * trait_points(likeness)


def size_table(likeness: int, row: Any, column: Any) -> Int:
    """Return points for two size classes (`size_class`), half for unknown."""
    most, row, column = size_points(likeness), np.asarray(row), np.asarray(column)
    near = np.maximum(0, SIZE_STEPS - np.abs(row - column)) * most // SIZE_STEPS
    return np.where((row < 0) | (column < 0), most // 2, near)


def trait_table(likeness: int, row: Any, column: Any) -> Int:
    """Return points for two classes of a trait: all when equal, none when not, half for unknown."""
    most, row, column = trait_points(likeness), np.asarray(row), np.asarray(column)
    return np.where((row < 0) | (column < 0), most // 2, np.where(row == column, most, 0))


def category_table(weight: int, preference: Any, category: Any) -> Int:
    """Return points for preference (-1 unknown, 0 none, 1, 2) and category (0 undetermined, 1, 2)."""
    preference, category = np.asarray(preference), np.asarray(category)
    open_minded = (preference <= 0) | (category == 0)
    return np.where(open_minded, weight * 4 // 5, np.where(preference == category, weight, 0))


def unpartnered_table(weight: int, partners: Any) -> Int:
    """Return points for the number of active foreign partners, -1 unknown."""
    partners = np.asarray(partners)
    shared = weight // (np.clip(partners, 0, 4) + 1)
    return np.where(partners < 0, weight // 2, shared)


def short_term_table(weight: int, capacity: Any, acute: Any) -> Int:
    """Return points for capacity (-1 unknown, 0–3) and acute needs (0–3)."""
    capacity, acute = np.asarray(capacity), np.asarray(acute)
    covered = weight * ACUTE_SIXTHS[np.maximum(capacity, 0), acute] // 6
    return np.where(capacity < 0, weight // 2, covered)


def language_class(languages: Any, answered: Any, interpreter: Any) -> Int:
    """Return one number for what a side speaks: -1 unknown, else mask × 2 + interpreter."""
    return np.where(
        np.asarray(answered), np.asarray(languages).astype(np.int64) * 2 + np.asarray(interpreter), -1
    )


def language_table(weight: int, row: Any, column: Any) -> Int:
    """Return points for two language classes: all for a shared one, half for an interpreter or unknown."""
    row, column = np.asarray(row), np.asarray(column)
    shared = (row >> 1) & (column >> 1) > 0
    interpreted = (row | column) & 1 > 0
    points = np.where(shared, weight, np.where(interpreted, weight // 2, 0))
    return np.where((row < 0) | (column < 0), weight // 2, points)


def contact_table(weight: int, contact: Any, ties: Any) -> Int:
    """Return points: an existing contact all, refugees or diaspora from the oblast half."""
    return np.where(np.asarray(contact), weight, np.where(np.asarray(ties), weight // 2, 0))


def wait_points(weight: int, months: Any) -> Int:
    """Return one side's points for months waited, growing up to a year."""
    waited: Int = np.minimum(np.asarray(months), LONGEST_WAIT)
    return waited * weight // LONGEST_WAIT


def wish_shares(weight: int, wishes: Any) -> Int:
    """Return shares of `weight` (n, t) over each row's wishes; the remainder goes to the first ones."""
    wishes = np.asarray(wishes)
    number = wishes.sum(axis=-1, keepdims=True)
    equal, rest = np.divmod(weight, np.maximum(1, number))
    return np.where(wishes, equal + (np.cumsum(wishes, axis=-1, dtype=np.int16) <= rest), 0)
