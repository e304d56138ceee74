"""Every behaviour cited by an id has its row and its test in docs/behaviour.md; no paper from elsewhere is cited."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

from tests.services import ROOT

BEHAVIOUR = ROOT / "docs/behaviour.md"
TEXTS = ("*.py", "*.html", "*.css", "*.js", "*.md", "*.sh", "*.toml", "*.in", "Makefile")
ID = re.compile(r"(?<![\w-])[A-Z]-\d\d(?![\w-])")
ROW = re.compile(r"^\| ([A-Z]-\d\d) \| (.+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"def (test_\w+)\(")
ID_OF_A_TEST = re.compile(r"def test_([a-z])_?(\d\d)_")
REASON = "No test: "
PAPER = re.compile(
    r"\b(?:[Cc]ontracts|[Ss]ervice|[Ee]ngine|[Dd]omain|[Hh]ouse) \d|[Dd]esign notes|\bissue [A-Z]\b"
)


@cache
def texts() -> dict[str, str]:
    """Return every text of the repository by its path, new ones too."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *TEXTS]
    names = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.split("\0")
    return {name: (ROOT / name).read_text("utf-8") for name in names if (ROOT / name).is_file()}


def rows() -> list[tuple[str, str]]:
    """Return (id, test cell) of each row of docs/behaviour.md."""
    return [(code, tests) for code, _words, tests in ROW.findall(BEHAVIOUR.read_text(encoding="utf-8"))]


def cited_ids() -> dict[str, str]:
    """Return each id that a text cites or a test carries in its name, with one of the files."""
    ids = {code: name for name, text in texts().items() for code in ID.findall(text)}
    for name, text in texts().items():
        ids |= {f"{letter.upper()}-{number}": name for letter, number in ID_OF_A_TEST.findall(text)}
    return ids


def test_every_behaviour_cited_by_an_id_has_one_row() -> None:
    codes = [code for code, _tests in rows()]
    assert {code: name for code, name in cited_ids().items() if code not in codes} == {}
    assert len(codes) == len(set(codes))


def test_every_row_names_tests_that_exist_or_says_why_there_is_none() -> None:
    suite = [text for name, text in texts().items() if name.startswith("tests/")]
    existing = {test for text in suite for test in TEST.findall(text)}
    named = {code: re.findall(r"`(test_\w+)`", cell) for code, cell in rows()}
    assert {code: lost for code, tests in named.items() if (lost := set(tests) - existing)} == {}
    assert [code for code, cell in rows() if not named[code] and not cell.startswith(REASON)] == []


def test_no_text_refers_to_a_paper_that_is_not_here() -> None:
    sentences = {name: PAPER.findall(text) for name, text in texts().items()}
    assert {name: phrases for name, phrases in sentences.items() if phrases} == {}
    documents = {Path(name).name for name in texts() if name.endswith(".md")}
    missing = {name: set(re.findall(r"[\w-]+\.md\b", text)) - documents for name, text in texts().items()}
    assert {name: papers for name, papers in missing.items() if papers} == {}


def test_every_decision_cited_is_there() -> None:
    decisions = {int(path.name[:4]) for path in (ROOT / "docs/decisions").glob("*.md")}
    cited = {name: set(map(int, re.findall(r"\bADR (\d+)", text))) for name, text in texts().items()}
    assert {name: lost for name, numbers in cited.items() if (lost := numbers - decisions)} == {}
