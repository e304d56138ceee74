"""The desk's pages over schemes, runs, proposals and agreements."""

from __future__ import annotations

from matching.admin import agreements, proposals, runs, schemes

__all__ = ["agreements", "proposals", "runs", "schemes"]
