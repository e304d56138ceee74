"""The desk's pages over registers, responses, candidates and needs."""

from __future__ import annotations

from municipalities.admin import (
    candidate_ledger,
    candidates,
    links,
    mail_texts,
    needs,
    official_list,
    partnerships,
    registers,
    responses,
    rounds,
)

__all__ = [
    "candidate_ledger",
    "candidates",
    "links",
    "mail_texts",
    "needs",
    "official_list",
    "partnerships",
    "registers",
    "responses",
    "rounds",
]
