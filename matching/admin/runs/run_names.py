"""Official codes become places, two queries for a whole page; places as typed become official codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from municipalities.models import Hromada, Municipality

MUNICIPALITY_CODE, HROMADA_CODE = re.compile(r"\b\d{4}\b|\b\d{2}\b"), re.compile(r"\bUA\d{17}\b")


def place_names(rows: Iterable[str], columns: Iterable[str]) -> dict[str, str]:
    """Return official code → place with county or oblast; 2 queries."""
    municipalities = Municipality.objects.filter(number__in=set(rows), valid_to__isnull=True).select_related(
        "county"
    )
    hromadas = Hromada.objects.filter(katottg__in=set(columns)).select_related("oblast")
    return {party.number: party.place for party in municipalities} | {
        party.katottg: party.place for party in hromadas
    }


def option(code: str, names: Mapping[str, str]) -> str:
    """Return a party as it is offered in a list to type from: place, then code."""
    return f"{names.get(code, code)} {code}"


def code_of(typed: str, codes: Collection[str], names: Mapping[str, str]) -> str | None:
    """Return the code of a party as typed: with its code anywhere, or by its place or the beginning of it.

    None if unclear.
    """
    for pattern in (HROMADA_CODE, MUNICIPALITY_CODE):
        for code in pattern.findall(typed):
            if code in codes:
                return str(code)
    wanted = typed.strip().casefold()
    exact = [code for code in codes if names.get(code, "").casefold() == wanted]
    near = exact or [code for code in codes if wanted and names.get(code, "").casefold().startswith(wanted)]
    return near[0] if len(near) == 1 else None
