"""The desk's pages over registers, responses, candidates and needs."""

from __future__ import annotations

from municipalities.admin.candidates import candidate_desk, category_ledger
from municipalities.admin.needs import need_desk
from municipalities.admin.registers import official_list_desk, partnership_desk, register_desk
from municipalities.admin.responses import link_desk, response_desk, round_desk

__all__ = [
    "candidate_desk",
    "category_ledger",
    "link_desk",
    "need_desk",
    "official_list_desk",
    "partnership_desk",
    "register_desk",
    "response_desk",
    "round_desk",
]
