"""The desk's pages over schemes, runs, proposals and agreements."""

from __future__ import annotations

from kommunesamarbeid.core.desk import BLOCKS
from matching.admin import agreements, front_page, proposals, runs, schemes

__all__ = ["agreements", "proposals", "runs", "schemes"]

if front_page.blocks not in BLOCKS:
    BLOCKS.append(front_page.blocks)
