"""A text has one form at every door: composed letters, no sign that cannot be seen, one kind of blank and of
apostrophe.

What is stored already is never rewritten; what comes in is compared by `comparable` or `letters`, never as it
was typed.
"""

from __future__ import annotations

import re
import unicodedata

# Soft hyphen, zero width, marks of direction, byte order mark, fillers, tags: nobody sees them, and a name
# with one is another name.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# No-break, thin and ideographic blanks, and what a database refuses: control characters and halves of
# surrogate pairs.
BLANKS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ud800-\udfff]")
APOSTROPHE = "’"  # as the registers have it
APOSTROPHES = "'’‘‛ʼʻʹ´`′＇"
CYRILLIC = "\u0400-\u052f"
INSIDE_A_WORD = re.compile(f"(?<=[{CYRILLIC}])[{APOSTROPHES}](?=[{CYRILLIC}])")
NOT_CYRILLIC = re.compile(f"[^{CYRILLIC}]+")
# What people write who have no such key; `static/js/chooser.js` has the same table.
LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "đ": "d", "ŋ": "n", "ŧ": "t", "ł": "l"})
ONE_APOSTROPHE = str.maketrans(dict.fromkeys(APOSTROPHES, APOSTROPHE))
DASHES = "-‐‑‒–—−"
DASHES_TO_BLANKS = str.maketrans(dict.fromkeys(DASHES, " "))
ELEVEN_DIGITS = re.compile(r"(?<!\d)\d(?:[ .\u00a0-]?\d){10}(?!\d)")


def tidy(text: str, *, lines: bool = False) -> str:
    """Return the text in its one form, trimmed; `lines` keeps its lines apart, by one sign.

    An apostrophe inside a Cyrillic word becomes the register's; elsewhere it may be a quotation mark or part
    of an address.

    >>> tidy(" Мар'янівка\u200b,\u00a0Bodo\u0308 ")
    'Мар’янівка, Bodö'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = BLANKS.sub(" ", INVISIBLE.sub("", text))
    if not lines:
        text = text.replace("\n", " ")
    if not text.isascii():
        text = INSIDE_A_WORD.sub(APOSTROPHE, unicodedata.normalize("NFC", text))
    return text.strip()


def plain(text: str) -> str:
    """Return a free text as it may be kept: in its one form, and without national identity numbers (L-12)."""
    return without_identity_numbers(tidy(text, lines=True))[0]


def code(text: str) -> str:
    """Return an official code in its one form: upper case, without blanks.

    >>> code(" ua53080370000025447")
    'UA53080370000025447'
    """
    return "".join(tidy(text).split()).upper()


def comparable(text: str) -> str:
    """Return the text as two of them are compared: in its one form, any case, any run of blanks, any
    apostrophe.

    >>> comparable("Sør-Varanger  KOMMUNE")
    'sør-varanger kommune'
    """
    return " ".join(tidy(text).casefold().split()).translate(ONE_APOSTROPHE)


def is_same(stored: object, typed: object) -> bool:
    """Say whether two values are the same once texts are in their one form: what is stored may be older than
    the form.
    """
    if isinstance(stored, str) and isinstance(typed, str):
        return tidy(stored, lines=True) == tidy(typed, lines=True)
    return stored == typed


def letters(text: str) -> str:
    """Return the bare letters and digits by which a name is looked for: no marks on Latin letters, no
    apostrophes, no dashes.

    >>> letters("Sør-Varanger"), letters("Мар'янівка")
    ('sor varanger', 'марянівка')
    """
    folded = comparable(text).replace(APOSTROPHE, "").translate(DASHES_TO_BLANKS)
    return " ".join(NOT_CYRILLIC.sub(_without_marks, folded.translate(LETTERS)).split())


def _without_marks(part: re.Match[str]) -> str:
    """Return Latin letters without their marks; in Cyrillic й and ї are letters of their own."""
    return "".join(sign for sign in unicodedata.normalize("NFD", part[0]) if not unicodedata.combining(sign))


def without_identity_numbers(text: str) -> tuple[str, bool]:
    """Return the text without Norwegian national identity numbers, and whether there were any."""
    cleaned = ELEVEN_DIGITS.sub(lambda match: "" if is_identity_number(match[0]) else match[0], text)
    return cleaned.strip() if cleaned != text else text, cleaned != text


def is_identity_number(text: str) -> bool:
    """Say whether the eleven digits carry the two check digits of a national identity number or D-number."""
    digits = [int(c) for c in text if c.isdigit()]
    first = sum(w * d for w, d in zip((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), digits[:10], strict=True))
    second = sum(w * d for w, d in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), digits, strict=True))
    return first % 11 == 0 and second % 11 == 0 and any(digits)
