"""The desk's pages over schemes, runs, proposals and agreements."""

from __future__ import annotations

from kommunesamarbeid.core.desk.site import BLOCKS
from matching.admin import front_page
from matching.admin.agreements import agreement_desk
from matching.admin.proposals import proposal_desk
from matching.admin.runs import pair_rule_desk, run_desk, scenario_desk, scheme_desk

__all__ = [
    "agreement_desk",
    "pair_rule_desk",
    "proposal_desk",
    "run_desk",
    "scenario_desk",
    "scheme_desk",
]

if front_page.blocks not in BLOCKS:
    BLOCKS.append(front_page.blocks)
