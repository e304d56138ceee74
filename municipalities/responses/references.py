"""A reference number is short, can be read aloud, and shows when it was misheard."""

from __future__ import annotations

import secrets

from kommunesamarbeid.core.texts import DASHES_TO_BLANKS
from municipalities.models import Response

# No I, L, O, 0 or 1; 31 is a prime, so the check sign catches every wrong sign and every two swapped
# neighbours.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_reference() -> str:
    """Return a new reference number that can be read aloud, such as NO-7K4M-2X.

    Its last sign checks the others.
    """
    signs = "".join(secrets.choice(ALPHABET) for _sign in range(5))
    return f"NO-{signs[:4]}-{signs[4]}{_check_sign(signs)}"


def read_reference(text: str) -> str | None:
    """Return the reference number as it is written when `text` is one, however it was typed; else None."""
    signs = "".join(text.upper().translate(DASHES_TO_BLANKS).split()).removeprefix("NO")
    if len(signs) != 6 or not set(signs) <= set(ALPHABET) or _check_sign(signs[:5]) != signs[5]:
        return None
    return f"NO-{signs[:4]}-{signs[4:]}"


def _check_sign(signs: str) -> str:
    total = sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, start=2))
    return ALPHABET[total % len(ALPHABET)]


def unused_reference() -> str:
    """Return a new reference number that no response has."""
    while Response.objects.filter(reference=(reference := new_reference())).exists():
        continue
    return reference
