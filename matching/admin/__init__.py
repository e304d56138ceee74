"""The desk's pages over schemes, runs, proposals and agreements."""

from __future__ import annotations

from matching.admin import agreements, pair_rules, proposals, runs, scenarios, schemes

__all__ = ["agreements", "pair_rules", "proposals", "runs", "scenarios", "schemes"]
