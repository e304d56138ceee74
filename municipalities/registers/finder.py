"""A place is found as people write it: by its code, by its name, then without marks and the words beside it;
never by a guess.

What several places are called is returned as all of them, for a person to choose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from django.db.models import QuerySet

from kommunesamarbeid.core import texts
from municipalities.models import Hromada, Municipality

Place = TypeVar("Place")
CODE, NAME, BARE_NAME, BEGINNING = "code", "name", "bare name", "beginning"
KATOTTG = re.compile(r"(?<![^\W_])UA[0-9]{17}(?![0-9])", re.IGNORECASE)
NORWEGIAN_NUMBER = re.compile(r"(?<!\w)(?<![0-9][.,-])(?:[0-9]{4}|[0-9]{2})(?!\w|[.,-][0-9])")
# What stands beside a name in lists and letters, and says nothing about which place it is.
BESIDE_NAMES = frozenset(
    ("територіальна", "громада", "міська", "селищна", "сільська", "м.", "смт", "с.", "hromada", "territorial",
     "community",
     "kommune", "herad", "область", "обл.", "oblast")
)  # fmt: skip
AROUND_NAMES = " -–—,;:"

# The fields by which a desk list of places, or of what belongs to one, is searched.
MUNICIPALITY_FIELDS = ("number", "name", "name_sami", "name_kven", "name_official")
# Not the oblast: whoever looks for the city of Poltava would get its whole oblast. That is a filter.
HROMADA_FIELDS = ("katottg", "centre_uk", "centre_en", "name_uk", "name_en", "former_name_uk")


@dataclass(frozen=True)
class Entry(Generic[Place]):
    """One place with its code, what it is called, and what the area it lies in is called."""

    place: Place
    code: str
    names: tuple[str, ...]
    area: str = ""
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match(Generic[Place]):
    """What a text may mean: no place, one, or several to choose from; `by` says what of it was recognised."""

    places: tuple[Place, ...] = ()
    by: str = ""

    @property
    def only(self) -> Place | None:
        """The place, when there is exactly one."""
        return self.places[0] if len(self.places) == 1 else None


class Finder(Generic[Place]):
    """Places by their codes and names.

    Made of one reading of the register, and asked as often as one likes.
    """

    def __init__(self, entries: Iterable[Entry[Place]], *, code_pattern: re.Pattern[str]) -> None:
        self.entries, self.code_pattern = tuple(entries), code_pattern
        self.by_code = {entry.code: entry.place for entry in self.entries}
        self._by_name: dict[str, list[Entry[Place]]] = defaultdict(list)
        self._by_bare_name: dict[str, list[Entry[Place]]] = defaultdict(list)
        self._areas: dict[str, set[str]] = defaultdict(set)
        for entry in self.entries:
            for index, key in ((self._by_name, _name), (self._by_bare_name, _bare_name)):
                for name in dict.fromkeys(key(name) for name in entry.names if name):
                    index[name].append(entry)
            for area in entry.areas:
                self._areas[_bare_name(area)].add(entry.area)

    def find(self, text: str, *, area: str = "", beginnings: bool = False) -> Match[Place]:
        """Return what a text may mean: a code, a name, or a name with the area it lies in, after a comma or
        in brackets.

        With `beginnings` the first letters do where they lead to one place only: for a person who sees what
        was found.
        """
        code, rest = self._code_in(text)
        if code not in self.by_code:
            return self.named(text, area=area, beginnings=beginnings)
        place = self.by_code[code]
        if not rest or self.code_pattern is KATOTTG:
            return Match((place,), CODE)
        # A number of four digits may be a year or a postal code: the name beside it has a say.
        named = self.named(rest, area=area, beginnings=beginnings).places
        if named and place not in named:
            return Match((place, *named), CODE)
        return Match((place,), CODE) if named else Match()

    def named(self, text: str, *, area: str = "", beginnings: bool = False) -> Match[Place]:
        """Return the places that have this name, without a look at codes."""
        name, beside = _apart(text)
        within = self.areas(area or beside) if area or beside else None
        for by, index, key in ((NAME, self._by_name, _name), (BARE_NAME, self._by_bare_name, _bare_name)):
            if entries := _in_areas(index.get(key(name), ()), within):
                return Match(tuple(entry.place for entry in entries), by)
        if beginnings and (wanted := _bare_name(name)):
            keys = [key for key in self._by_bare_name if key.startswith(wanted)]
            begun = [entry for key in keys for entry in self._by_bare_name[key]]
            places = {entry.code: entry.place for entry in _in_areas(begun, within)}
            return Match(tuple(places.values()), BEGINNING if places else "")
        return Match()

    def areas(self, text: str) -> frozenset[str]:
        """Return the codes of the areas a text may mean: by its whole name, else by the beginning of it; none
        if unknown.
        """
        wanted = _bare_name(text)
        if not wanted or wanted in self._areas:
            return frozenset(self._areas.get(wanted, ()))
        return frozenset(
            code for name, codes in self._areas.items() if name.startswith(wanted) for code in codes
        )

    def _code_in(self, text: str) -> tuple[str, str]:
        """Return the first code in the text that the register has, and what stands beside it."""
        tidied = texts.tidy(text)
        for match in self.code_pattern.finditer(tidied):
            if (code := match[0].upper()) in self.by_code:
                return code, f"{tidied[: match.start()]} {tidied[match.end() :]}".strip(AROUND_NAMES)
        return "", ""


def hromada_finder(among: QuerySet[Hromada] | None = None) -> Finder[Hromada]:
    """Return the finder of hromadas, each with its oblast; one query."""
    register = Hromada.objects.all() if among is None else among
    return Finder(
        (
            Entry(
                hromada,
                hromada.katottg,
                (
                    hromada.centre_uk,
                    hromada.centre_en,
                    hromada.name_uk,
                    hromada.name_en,
                    hromada.former_name_uk,
                ),
                hromada.oblast.code,
                (
                    hromada.oblast.name_uk,
                    hromada.oblast.name_en,
                    hromada.oblast.latin,
                    hromada.oblast.code,
                    hromada.oblast.iso,
                ),
            )
            for hromada in register.select_related("oblast").order_by("katottg")
        ),
        code_pattern=KATOTTG,
    )


def municipality_finder(among: QuerySet[Municipality] | None = None) -> Finder[Municipality]:
    """Return the finder of Norwegian parties of today, each with its county, in the order they are listed;
    one query.
    """
    register = Municipality.objects.filter(valid_to__isnull=True) if among is None else among
    return Finder(
        (
            Entry(
                party,
                party.number,
                (party.name, party.name_official, party.name_sami, party.name_kven),
                party.county.number,
                (party.county.name,),
            )
            for party in register.select_related("county").order_by("county__number", "kind", "name")
        ),
        code_pattern=NORWEGIAN_NUMBER,
    )


def fields_of(fields: Collection[str], prefix: str) -> tuple[str, ...]:
    """Return the fields of a place as they are called from what belongs to it."""
    return tuple(f"{prefix}__{field}" for field in fields)


def _in_areas(entries: Iterable[Entry[Place]], within: frozenset[str] | None) -> list[Entry[Place]]:
    return [entry for entry in entries if within is None or entry.area in within]


def _apart(text: str) -> tuple[str, str]:
    """Return the name, and the area that stands after a comma or in brackets."""
    name, _mark, area = text.replace(",", "(", 1).partition("(")
    return name, area.strip(" )")


def _remembered(key: Callable[[str], str]) -> Callable[[str], str]:
    """Return the key remembered by its text: the register's names are the same each time."""
    return lru_cache(maxsize=32_768)(key)


@_remembered
def _name(text: str) -> str:
    return texts.comparable(text)


@_remembered
def _bare_name(text: str) -> str:
    """Return a name by its bare letters, without the words beside it.

    What is nothing but such words stays.
    """
    words = texts.comparable(text).strip(AROUND_NAMES).split()
    return texts.letters(" ".join(word for word in words if word not in BESIDE_NAMES) or " ".join(words))
