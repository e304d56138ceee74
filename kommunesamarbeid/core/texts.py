"""A text as it is kept: tidied at the door, without what must never be stored."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """Return a free text as it may be kept: trimmed, and without national identity numbers (L-12)."""
    kept, _found = without_identity_numbers(text.strip())
    return kept


ELEVEN_DIGITS = re.compile(r"(?<!\d)\d(?:[ .\u00a0-]?\d){10}(?!\d)")


def without_identity_numbers(text: str) -> tuple[str, bool]:
    """Return the text without Norwegian national identity numbers, and whether there were any."""
    kept = ELEVEN_DIGITS.sub(lambda match: "" if is_identity_number(match[0]) else match[0], text)
    return kept.strip() if kept != text else text, kept != text


def is_identity_number(text: str) -> bool:
    """Say whether the eleven digits carry the two check digits of a national identity number or D-number."""
    digits = [int(c) for c in text if c.isdigit()]
    first = sum(w * d for w, d in zip((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), digits[:10], strict=True))
    second = sum(w * d for w, d in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), digits, strict=True))
    return first % 11 == 0 and second % 11 == 0 and any(digits)
