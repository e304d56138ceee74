"""By which rules the demo is lived: when things happen, who decides, which approvals a proposal needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from kommunesamarbeid.core.roles import Actor
from matching.choices import DecisionKind
from matching.demo.cast import Cast
from municipalities.demo.timeline import Timeline


@dataclass(frozen=True)
class Rules:
    """What every act of the demo goes by: its time, its people, and the approvals that are asked for."""

    timeline: Timeline
    cast: Cast
    required: list[str]
    undo: timedelta

    @property
    def deciders(self) -> dict[str, Actor]:
        """Who gives each kind of approval."""
        cast = self.cast
        return {
            DecisionKind.KS_FIRST: cast.kari,
            DecisionKind.KS_SECOND: cast.guro,
            DecisionKind.AUC: cast.andrij,
        }
