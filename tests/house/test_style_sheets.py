"""Our sheets are written by component and reach the browser whole, wherever Django looks for them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from kommunesamarbeid.style_sheets import StyleSheetFinder
from tests.services import ROOT

SHEETS = ROOT / "static" / "css"
PARTS = sorted(SHEETS.glob("*/*.css"))


def whole(name: str) -> str:
    """Return a sheet as the browser gets it."""
    return Path(str(finders.find(f"css/{name}"))).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(sheet.name for sheet in SHEETS.glob("*.css")))
def test_sheet_is_delivered_whole_and_with_balanced_braces(name: str) -> None:
    text = whole(name)
    assert (re.findall("@import|/[*]", text), text.count("{") - text.count("}")) == ([], 0)
    assert len(text.splitlines()) > 5


def test_public_sheets_stand_in_the_layer_and_the_desks_in_none() -> None:
    layered = {sheet.name: whole(sheet.name).count("@layer app {") for sheet in SHEETS.glob("*.css")}
    imports = {
        sheet.name: sheet.read_text(encoding="utf-8").count("@import") for sheet in SHEETS.glob("*.css")
    }
    assert layered == {**imports, "desk.css": 0}


def test_every_part_is_imported_and_short_enough_to_read() -> None:
    lists = "".join(sheet.read_text(encoding="utf-8") for sheet in SHEETS.glob("*.css"))
    assert [part.name for part in PARTS if f'"{part.relative_to(SHEETS).as_posix()}"' not in lists] == []
    assert [part.name for part in PARTS if len(part.read_text(encoding="utf-8").splitlines()) > 150] == []


def test_parts_are_not_gathered_by_themselves() -> None:
    gathered = {path for path, _storage in StyleSheetFinder().list([]) if path.startswith("css/")}
    assert gathered == {f"css/{sheet.name}" for sheet in SHEETS.glob("*.css")}


def test_change_of_a_part_shows_at_the_next_look(tmp_path: Path, settings: Any) -> None:
    part = tmp_path / "static/css/parts/word.css"
    part.parent.mkdir(parents=True)
    (tmp_path / "static/css/page.css").write_text(
        '@import url("parts/word.css") layer(app);\n', encoding="utf-8"
    )
    settings.STATICFILES_DIRS, settings.STYLE_SHEETS_ROOT = [tmp_path / "static"], tmp_path / "whole"

    looks = []
    for colour in ("red", "blue"):
        part.write_text(f"p {{ color: {colour} }}\n", encoding="utf-8")
        looks.append(Path(str(StyleSheetFinder().find("css/page.css"))).read_text(encoding="utf-8"))

    assert looks == ["@layer app {\np { color: red }\n}\n", "@layer app {\np { color: blue }\n}\n"]


def test_each_colour_of_the_desk_stands_once() -> None:
    names = re.findall(r"^\s*(--[\w-]+):", whole("desk.css"), flags=re.MULTILINE)
    assert len(names) == len(set(names)) > 30
    assert "prefers-color-scheme" not in whole("desk.css")
