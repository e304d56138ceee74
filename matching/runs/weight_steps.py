"""Weights are set as steps in words, from «not important» to «very important»;
they become points that always sum to 10,000.

The mapping (docs/scoring.md): a step counts 0, 1, 2, 3, 5 or 8 parts. The 100 hundreds of points are shared
in those proportions, whole hundreds, the largest remainder first (Hamilton), equal remainders to the earlier
criterion. Themes get at least 1,000 points, whatever the others are set to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from matching.engine.scores.criteria import CRITERIA, LOWEST_THEME, STEP, TOTAL, apportion_by_line

PARTS: Final = (0, 1, 2, 3, 5, 8)
"""What each step counts; step 0 is «not important»."""
STEPS: Final = range(len(PARTS))
THEME: Final = "theme"


class WrongSteps(ValueError):
    """A criterion is missing, unknown or has a step that does not exist;
    or themes are not important at all.
    """


def weights_of(steps: Mapping[str, int]) -> dict[str, int]:
    """Return criterion → points, multiples of 100 that sum to 10,000. Raises WrongSteps."""
    if set(steps) != set(CRITERIA) or any(step not in STEPS for step in steps.values()) or not steps[THEME]:
        raise WrongSteps(sorted(steps.items()))
    shared = _shared({code: PARTS[steps[code]] for code in CRITERIA}, TOTAL // STEP)
    if shared[THEME] * STEP < LOWEST_THEME:
        others = {code: PARTS[steps[code]] for code in CRITERIA if code != THEME}
        shared = {THEME: LOWEST_THEME // STEP, **_shared(others, (TOTAL - LOWEST_THEME) // STEP)}
    return {code: hundreds * STEP for code, hundreds in shared.items()}


def _shared(parts: Mapping[str, int], hundreds: int) -> dict[str, int]:
    (shares,) = apportion_by_line(np.array([list(parts.values())]), hundreds)
    return dict(zip(parts, shares.tolist(), strict=True))


def steps_of(weights: Mapping[str, int]) -> dict[str, int] | None:
    """Return the steps that give exactly these weights, or None: older versions were set in points."""
    return next(
        (steps for steps in _candidates(weights) if steps[THEME] and weights_of(steps) == dict(weights)), None
    )


def nearest_steps(weights: Mapping[str, int]) -> dict[str, int]:
    """Return the steps whose weights are nearest to these:
    where a new version starts from one that was set in points.
    """

    def distance(steps: dict[str, int]) -> int:
        return sum(abs(points - weights[code]) for code, points in weights_of(steps).items())

    return min((steps for steps in _candidates(weights) if steps[THEME]), key=distance)


def _candidates(weights: Mapping[str, int]) -> list[dict[str, int]]:
    """Return readings of weights as steps, one for each size a part may have;
    themes at their least may be any step.
    """
    readings: dict[tuple[int, ...], None] = {}  # a set that keeps its order
    for quarters in range(1, 4 * TOTAL // STEP + 1):
        worth = quarters * STEP / 4
        readings[
            tuple(min(STEPS, key=lambda step: abs(PARTS[step] * worth - weights[code])) for code in CRITERIA)
        ] = None
    weightings = [dict(zip(CRITERIA, reading, strict=True)) for reading in readings]
    if weights[THEME] == LOWEST_THEME:
        return [read | {THEME: step} for read in weightings for step in STEPS[1:]]
    return weightings
