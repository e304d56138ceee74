"""Contact persons: who they are for a municipality or a hromada, what they may, what they see of themselves,
and when they are erased.
"""

from __future__ import annotations

from municipalities.people.hromada_links import ContactExists, current_contacts, end_contact
from municipalities.people.retention import KEPT, erase, erase_contacts, erase_drafts, erase_hromada_contacts

__all__ = [
    "KEPT",
    "ContactExists",
    "current_contacts",
    "end_contact",
    "erase",
    "erase_contacts",
    "erase_drafts",
    "erase_hromada_contacts",
]
