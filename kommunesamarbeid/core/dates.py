"""A day is read from what people and spreadsheets write by one table of shapes; each door says which of them
it takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from kommunesamarbeid.core.texts import tidy

YEAR, MONTH, DAY = "year", "month", "day"
# Blanks are taken out before a shape is tried: «29 . 03 . 2026» is how some write it.
EXACT = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})")
DAYS = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"),
    # The day comes first, with a slash too: nobody in Norway or Ukraine writes the month there.
    re.compile(r"(?P<d>[0-9]{1,2})(?P<sign>[./-])(?P<m>[0-9]{1,2})(?P=sign)(?P<y>[0-9]{4})"),
    re.compile(r"(?P<d>[0-9]{1,2})(?P<sign>[./])(?P<m>[0-9]{1,2})(?P=sign)(?P<y>[0-9]{2})"),
    re.compile(r"(?P<d>[0-9]{1,2})\.?(?P<name>[^\W\d_]+)\.?,?(?P<y>[0-9]{4})"),
    re.compile(r"(?P<name>[^\W\d_]+)\.?(?P<d>[0-9]{1,2}),?(?P<y>[0-9]{4})"),
)
WITH_TIME = re.compile(
    r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})T?[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
)
MONTHS = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})"), re.compile(r"(?P<m>[0-9]{1,2})\.(?P<y>[0-9]{4})"),
    re.compile(r"(?P<name>[^\W\d_]+)\.?,?(?P<y>[0-9]{4})"),
)  # fmt: skip
YEARS = (re.compile(r"(?P<y>[0-9]{4})"),)

MONTH_NAMES: tuple[tuple[str, ...], ...] = (
    ("januar", "january", "січень", "січня"), ("februar", "february", "лютий", "лютого"),
    ("mars", "march", "березень", "березня"), ("april", "квітень", "квітня"),
    ("mai", "may", "травень", "травня"),
    ("juni", "june", "червень", "червня"), ("juli", "july", "липень", "липня"),
    ("august", "серпень", "серпня"),
    ("september", "вересень", "вересня"), ("oktober", "october", "жовтень", "жовтня"),
    ("november", "листопад", "листопада"), ("desember", "december", "грудень", "грудня"),
)  # fmt: skip
SHORTEST_NAME = 3
# Two digits of a year are of 1969 to 2068, as the C library and spreadsheets have it.
LAST_OF_THIS_CENTURY = 68


class NotADay(ValueError):
    """The text is no day, or none that this door takes."""


@dataclass(frozen=True)
class Door:
    """What one way in takes: its shapes, by how much they say, and the years that make sense there."""

    shapes: tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]
    years: range = range(1, 10_000)


REGISTER_FILE = Door(((DAY, (EXACT,)),))
SPREADSHEET = Door(((DAY, (*DAYS, WITH_TIME)),))
FORM = Door(((DAY, DAYS),))
ANSWER = Door(((DAY, DAYS),), range(1990, 2101))
MILESTONE = Door(((YEAR, YEARS), (MONTH, MONTHS), (DAY, DAYS)), range(1900, 2100))


def read_day(text: str, door: Door = FORM) -> date:
    """Return the day a text says. Raises NotADay.

    >>> read_day("29. mars 2026") == read_day("29/3/26") == read_day("2026-03-29")
    True
    """
    return read_date(text, door)[0]


def read_date(text: str, door: Door) -> tuple[date, str]:
    """Return the first day that a text says, and how much it says: a year, a month or a day.

    Raises NotADay.
    """
    compact = "".join(tidy(text).split())
    for precision, shapes in door.shapes:
        for shape in shapes:
            parts = shape.fullmatch(compact)
            if parts is not None and (day := _day(parts.groupdict())) is not None and day.year in door.years:
                return day, precision
    raise NotADay(text)


def _day(parts: dict[str, str]) -> date | None:
    year = int(parts["y"])
    if len(parts["y"]) == len("26"):
        year += 2000 if year <= LAST_OF_THIS_CENTURY else 1900
    month = _month(parts["name"]) if "name" in parts else int(parts.get("m", 1))
    try:
        return date(year, month, int(parts.get("d", 1)))
    except ValueError:
        return None


def _month(name: str) -> int:
    """Return the number of a month by its name or the beginning of it, 0 for none."""
    wanted = name.casefold()
    if len(wanted) < SHORTEST_NAME:
        return 0
    return next(
        (
            number
            for number, names in enumerate(MONTH_NAMES, start=1)
            if any(full.startswith(wanted) for full in names)
        ),
        0,
    )
