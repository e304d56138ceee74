"""The desk's pages over schemes, runs, proposals and agreements."""

from __future__ import annotations

from kommunesamarbeid.core.desk import BLOCKS
from matching.admin import agreements, front_page, pair_rules, proposals, runs, scenarios, schemes

__all__ = ["agreements", "pair_rules", "proposals", "runs", "scenarios", "schemes"]

if front_page.blocks not in BLOCKS:
    BLOCKS.append(front_page.blocks)
