"""What in a free text could lead somebody to a place or a person: coordinates, street addresses, phone
numbers, e-mail.

A find is a question to the writer, never a proof: «вул.» may stand in the name of a programme. So the
services ask for a yes, and do not forbid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Find(StrEnum):
    """What kind of thing was found."""

    COORDINATES = "coordinates"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"


WORDS: dict[Find, str | Promise] = {
    Find.COORDINATES: _("coordinates"),
    Find.ADDRESS: _("a street address"),
    Find.PHONE: _("a phone number"),
    Find.EMAIL: _("an e-mail address"),
}
_DEGREES = r"[-+]?\d{1,3}[.,]\d{3,}"
_POINT = r"[NSEWСШ]|пн\.?\s?ш\.?|сх\.?\s?д\.?|[cс]\.?\s?ш\.?|[вb]\.?\s?д\.?"
_COORDINATES = re.compile(
    rf"""
    {_DEGREES} \s*°? \s*(?:{_POINT})? \s*[,;/ ]\s* (?:{_POINT})?\s* {_DEGREES}  # 49.5883, 34.5514 · 49,5883 34,5514
    | \d{{1,3}} \s*° \s*\d{{1,2}} (?:[.,]\d+)? \s*['’′ʹ]                        # 49°35'18" · 49° 35.3'
    | \d{{1,3}}[.,]\d{{2,}} \s*°? \s*(?:{_POINT})(?!\w)                         # 49.588 N · 49.588° пн. ш.
    | (?<!\w)[NSEW] \s*\d{{1,3}}[.,]\d{{2,}}                                    # N49.588
    | (?:широта|довгота|latitude|longitude|lat|lon|lng|breddegrad|lengdegrad) \s*[:=]? \s*\d{{1,3}}[.,]\d+
    | geo: \s*-?\d                                                              # geo:49.58,34.55
    | (?<!\w)[1-6]?\d[C-HJ-NP-X]\s?[A-HJ-NP-Z]{{2}}\s?(?:\d{{8}}|\d{{10}}|\d{{4,5}}\s\d{{4,5}})(?!\d) # 36U XA 12345 12345 (MGRS)
    | (?<!\w)[23456789CFGHJMPQRVWX]{{4,8}}\+[23456789CFGHJMPQRVWX]{{2,3}}(?!\w) # 8GX5HHQ2+9J (plus code)
    | ///\w+\.\w+\.\w+                                                          # ///word.word.word
    | (?:maps\.app\.goo\.gl|goo\.gl/maps|google\.[a-z.]+/maps|openstreetmap\.org)  # a link into a map
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NUMBER = r"(?:№\s*)?\d{1,4}\s?[а-яіїєґa-zæøå]?(?!\w)"
_ADDRESS = re.compile(
    rf"""
    (?<!\w)(?:вул|просп|пр-т|пров|бульв|б-р|пл|узв|шосе|наб|мкр)\.\s*\w          # вул. Соборна
    | (?<!\w)(?:вулиц\w+|проспект\w*|провул\w+|бульвар\w*|площ[аіу]|узвіз\w*|набережн\w+|мікрорайон\w*)\s+«?[А-ЯІЇЄҐ]
    | (?<!\w)(?:ul|ulitsa|vul|vulytsia|prosp|prospekt|str|st)\.?\s+[A-ZÆØÅ][\w'’.-]+,?\s+{_NUMBER}
    | (?<!\w)[A-ZÆØÅ][\w-]+\s+(?:[Ss]treet|[Aa]venue|[Rr]oad|[Ss]t\.|[Aa]ve\.)(?!\w) # Soborna Street
    | (?<!\w)\d{{1,4}}\s+[A-ZÆØÅ][\w-]+\s+(?:[Ss]treet|[Aa]venue|[Rr]oad)       # 12 Soborna street
    | (?<!\w)[A-ZÆØÅ]\w*(?:veien|vegen|gata|gaten|gate|plass)\s+\d{{1,4}}         # Storgata 4
    | (?<!\w)(?:буд|будинок|корп|кв)\.?\s*№?\s*\d                                # буд. 12
    """,
    re.VERBOSE,
)
_PHONE = re.compile(
    r"""
    \+\s?\d(?:[\s().-]?\d){7,14}                  # +380 67 123 45 67
    | (?<![\d.,/])(?:38)?[\s(-]*0\d{2}[\s)-]*\d{3}[\s-]?\d{2}[\s-]?\d{2}(?![\d.,/]\d)   # (067) 123-45-67
    | (?:тел|моб|tel|phone|tlf|mob|телефон\w*)\.?\s*:?\s*[\d(+][\d\s()-]{4,}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}")
_PATTERNS = {Find.COORDINATES: _COORDINATES, Find.ADDRESS: _ADDRESS, Find.PHONE: _PHONE, Find.EMAIL: _EMAIL}


def finds_in(texts: Iterable[str]) -> list[Find]:
    """Return the kinds of things found in the texts, in the order of `Find`."""
    joined = "\n".join(texts)
    return [kind for kind, pattern in _PATTERNS.items() if pattern.search(joined)]


def words_for(finds: Iterable[Find]) -> str:
    """Name what was found, as a list in a sentence."""
    return ", ".join(str(WORDS[find]) for find in finds)
