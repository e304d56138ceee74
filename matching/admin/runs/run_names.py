"""Official codes become places, in two queries for a whole page; and places as typed become official codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from municipalities.models import Hromada, Municipality
from municipalities.registers import BEGINNING, KATOTTG, NORWEGIAN_NUMBER, Entry, Finder


def place_names(rows: Iterable[str], columns: Iterable[str]) -> dict[str, str]:
    """Return official code → place with county or oblast; 2 queries."""
    municipalities = Municipality.objects.filter(number__in=set(rows), valid_to__isnull=True).select_related(
        "county"
    )
    hromadas = Hromada.objects.filter(katottg__in=set(columns)).select_related("oblast")
    return {party.number: party.place for party in municipalities} | {
        hromada.katottg: hromada.place for hromada in hromadas
    }


def option(code: str, names: Mapping[str, str]) -> str:
    """Return a party as it is offered in a list to type from: place, then code."""
    return f"{names.get(code, code)} {code}"


def code_of(typed: str, names: Mapping[str, str]) -> str | None:
    """Return the code of a party of `names`: by its code, its place or the beginning of it; None if unclear."""
    by_side: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for code, place in names.items():
        by_side[code.startswith("UA")][code] = place
    matches = [
        Finder(map(_entry, places.items()), code_pattern=pattern).find(typed, beginnings=True)
        for places, pattern in zip(by_side, (NORWEGIAN_NUMBER, KATOTTG), strict=True)
    ]
    # A whole name or a code of one side goes before the beginning of a name of the other.
    whole = [match for match in matches if match.places and match.by != BEGINNING] or matches
    codes = [code for match in whole for code in match.places]
    return codes[0] if len(codes) == 1 else None


def _entry(party: tuple[str, str]) -> Entry[str]:
    code, place = party
    name, _mark, area = place.partition(" (")
    return Entry(code, code, (name,), area, (area.removesuffix(")"),) if area else ())
