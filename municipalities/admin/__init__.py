"""The desk's pages over registers, responses, candidates and needs."""

from __future__ import annotations

from municipalities.admin import candidates, needs, registers

__all__ = ["candidates", "needs", "registers"]
