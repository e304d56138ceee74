"""The desk's pages over registers, responses, candidates and needs."""

from __future__ import annotations

from municipalities.admin import candidates, links, needs, registers, responses, rounds

__all__ = ["candidates", "links", "needs", "registers", "responses", "rounds"]
