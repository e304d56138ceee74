"""What the guides point at exists, and every dependency has its reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.services import ROOT

GUIDES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LOCKED = ("requirements.in", "requirements-dev.in", "deploy/node.in")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_local_link_of_a_guide_leads_somewhere(guide: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", guide.read_text(encoding="utf-8"))
    assert [link for link in links if not (guide.parent / link).exists()] == []


def test_every_dependency_has_its_reason_and_every_reason_a_dependency() -> None:
    lines = [line for name in LOCKED for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    wanted = {found[1].lower() for line in lines if (found := re.match(r"([A-Za-z][\w-]*)", line))}
    wanted |= json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"].keys()
    rows = re.findall(
        r"^\| ([^|]+) \|", (ROOT / "docs/dependencies.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    told = {
        re.sub(r"\[.*\]| 5\.2 LTS", "", name).strip().lower() for row in rows for name in row.split(",")
    } - {"package"}
    assert {name for name in told if not name.startswith("---")} == wanted
