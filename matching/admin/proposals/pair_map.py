"""A small map drawn on the server shows where the two places lie, beside the table that says the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles import finders

OUTLINES: Final = "vendor/world-atlas/countries-110m.json"
WEST, EAST, SOUTH, NORTH = 0.0, 42.0, 43.5, 71.8
NARROWING: Final = 0.53
"""The cosine of 58° north: a degree of longitude is this much shorter than one of latitude there."""
SCALE: Final = 14.0
DATE_LINE: Final = -168.0
NAMED: Final = {"NOR": "norway", "UKR": "ukraine"}
Point = tuple[float, float]


@dataclass(frozen=True)
class Outline:
    """One country: its class in the style sheet ("" for the others) and its path."""

    name: str
    path: str


@dataclass(frozen=True)
class PairMap:
    """What the template draws: size, outlines, the two places, and the line between them."""

    width: int
    height: int
    outlines: tuple[Outline, ...]
    norwegian: Point
    ukrainian: Point


def pair_map(municipality: Any, hromada: Any) -> PairMap | None:
    """Return the map of a pair; None when a place has no coordinates or the outlines are not installed."""
    here, there = _place(municipality), _place(hromada)
    outlines = _outlines()
    if here is None or there is None or not outlines:
        return None
    east, south = _project(EAST, SOUTH)
    return PairMap(round(east), round(south), outlines, here, there)


def _place(place: Any) -> Point | None:
    if place.latitude is None or place.longitude is None:
        return None
    x, y = _project(float(place.longitude), float(place.latitude))
    return round(x, 1), round(y, 1)


def _project(longitude: float | Decimal, latitude: float | Decimal) -> Point:
    return (float(longitude) - WEST) * NARROWING * SCALE, (NORTH - float(latitude)) * SCALE


@cache
def _outlines() -> tuple[Outline, ...]:
    """Return the outlines of the countries that lie on the map.

    Read from the TopoJSON: arcs of differences, shared by neighbours.
    """
    file = finders.find(OUTLINES)
    if not isinstance(file, str):
        return ()
    atlas = json.loads(Path(file).read_text(encoding="utf-8"))
    arcs = [_arc(arc, atlas["transform"]) for arc in atlas["arcs"]]
    drawn = []
    for country in atlas["objects"]["countries"]["geometries"]:
        rings = country.get("arcs", ())
        polygons = rings if country["type"] == "MultiPolygon" else [rings]
        path = "".join(_path(ring, arcs) for polygon in polygons for ring in polygon)
        if path:
            drawn.append(Outline(NAMED.get(country["properties"].get("a3", ""), ""), path))
    return tuple(sorted(drawn, key=lambda outline: outline.name))


def _arc(arc: list[list[int]], transform: dict[str, Any]) -> list[Point]:
    (scale_x, scale_y), (move_x, move_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        longitude = x * scale_x + move_x
        # The far east of Russia lies beyond the date line: it must not cross the map on its way there.
        points.append((longitude + 360 if longitude < DATE_LINE else longitude, y * scale_y + move_y))
    return points


def _path(ring: list[int], arcs: list[list[Point]]) -> str:
    """Return one ring as a path; "" when it lies outside the map. An index below 0 is the arc backwards."""
    points = [point for index in ring for point in (arcs[index] if index >= 0 else arcs[~index][::-1])]
    if not any(WEST - 8 < x < EAST + 8 and SOUTH - 4 < y < NORTH + 2 for x, y in points):
        return ""
    # What lies far outside is cut to the frame's neighbourhood: a neighbour as large as a continent stays
    # small.
    near = [(min(max(x, WEST - 10), EAST + 10), min(max(y, SOUTH - 6), NORTH + 4)) for x, y in points]
    steps: list[str] = []
    for x, y in near:
        step = "{:.0f},{:.0f}".format(*_project(x, y))
        if not steps or steps[-1] != step:
            steps.append(step)
    return f"M{'L'.join(steps)}Z" if len(steps) > 2 else ""
