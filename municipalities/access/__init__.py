"""Who may come in without a password, to what, and until when: links by mail and the sessions they open."""

from __future__ import annotations

from municipalities.access.links import (
    BETWEEN_LINKS,
    LINK_VALID,
    hash_token,
    issue_links,
    office_of,
    recipient_of,
    request_link,
)
from municipalities.access.panels import Panel, Party, provide, provide_undisclosed
from municipalities.access.sessions import HromadaRequest, LinkRequest, hromada_required, link_required

__all__ = [
    "BETWEEN_LINKS",
    "LINK_VALID",
    "HromadaRequest",
    "LinkRequest",
    "Panel",
    "Party",
    "hash_token",
    "hromada_required",
    "issue_links",
    "link_required",
    "office_of",
    "provide",
    "provide_undisclosed",
    "recipient_of",
    "request_link",
]
