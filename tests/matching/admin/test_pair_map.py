"""The map of a pair: drawn on the server, small, and left out rather than wrong when a place has no coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from matching.admin.proposals.pair_map import pair_map


@dataclass
class Place:
    """A place as far as the map asks."""

    latitude: float | None
    longitude: float | None


BODO, POLTAVA = Place(67.28, 14.4), Place(49.59, 34.55)


def test_both_places_lie_on_the_map_the_norwegian_one_north_and_west() -> None:
    found = pair_map(BODO, POLTAVA)
    assert found is not None
    (x1, y1), (x2, y2) = found.norwegian, found.ukrainian
    assert 0 < x1 < x2 < found.width
    assert 0 < y1 < y2 < found.height


def test_norway_and_ukraine_are_drawn_and_the_whole_is_small() -> None:
    found = pair_map(BODO, POLTAVA)
    assert found is not None
    assert {outline.name for outline in found.outlines} == {"", "norway", "ukraine"}
    assert sum(len(outline.path) for outline in found.outlines) < 20_000
    assert all(re.fullmatch(r"(M[-\d,L]+Z)+", outline.path) for outline in found.outlines)


def test_place_without_coordinates_has_no_map() -> None:
    assert pair_map(Place(None, None), POLTAVA) is None
