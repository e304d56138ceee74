"""One search for a plan: its points and its goal stay the same, whichever frame its levels are climbed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matching.engine.frame import Frame, Mask, Scorer
from matching.engine.optimiser import column_generation, integer, network
from matching.engine.optimiser.levels import LEXIMIN_BAND, Level, levels_of, tie_break
from matching.engine.optimiser.market import Market, Progress, silent


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Hold what is sought, among which points, and who is told how far it is.

    Attributes
    ----------
    scorer : pure function of start and stop, (stop - start, m) of int, -1 for pairs that must not be
    proposed. objective : one of `OBJECTIVES`; leximin_band : width of a band in points; urgent : (n, m) of
    bool. progress : called with level name, pricing round and number of arcs. per_line : arcs of each line in
    the first restricted master problem; None = as many as the size asks for.
    """

    scorer: Scorer
    objective: str = "total"
    leximin_band: int = LEXIMIN_BAND
    urgent: Mask | None = None
    progress: Progress = silent
    per_line: int | None = None

    def market(self, frame: Frame) -> Market:
        """Return a market for a frame, with the best pairs of each line in its pool."""
        return Market(frame, self.scorer, network.shape_of(frame), self.per_line, self.progress)

    def climb(self, frame: Frame) -> column_generation.Climbed:
        """Climb the levels of the objective and the tie-break on a frame without a share."""
        market = self.market(frame)
        levels = levels_of(self.objective, market.highest, self.leximin_band, self.urgent)
        return climb(market, (*levels, tie_break(frame)))


def climb(market: Market, levels: Sequence[Level]) -> column_generation.Climbed:
    """Climb levels by network flows, or by integer programmes where limits cross."""
    return integer.climb(market, levels) if market.crossing else column_generation.climb(market, levels)
