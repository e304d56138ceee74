"""The desk's pages over schemes, runs, proposals and agreements."""

from __future__ import annotations

from matching.admin import runs, schemes

__all__ = ["runs", "schemes"]
