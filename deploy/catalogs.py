"""The catalogs in locale/ say everything the code says: complete where the language gate asks for it, and
compiled.

`python -m deploy.catalogs update` gathers the texts and compiles; `… check` compares without touching
locale/. Comparing goes through gettext's own tools and compiled catalogs, so no file format is parsed here.
"""

from __future__ import annotations

import ast
import gettext
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("kommunesamarbeid", "municipalities", "matching", "templates")
EVERYTHING = ("",)
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}

# The language gate (L-08), the one list of what must be complete: language → source files,
# as gettext's patterns (`*` stays within one folder: "templates/mail/*"), or everything.
GATE: dict[str, tuple[str, ...]] = {"nb": EVERYTHING, "nn": EVERYTHING, "uk": EVERYTHING}

# One word per concept (docs/glossary.md): how a word begins that a language does not use, and what it says
# instead.
STRAYS: dict[str, dict[str, str]] = {
    "nb": {
        "kritisk": "akutt", "partnerskap": "samarbeid", "introduksjon": "formidling",
        "scenario": "prøveberegning",
        "hromada": "ukrainsk kommune", "søknad": "interessemelding", "“": "«",
    },
    "nn": {
        "kritisk": "akutt", "partnarskap": "samarbeid", "introduksjon": "formidling",
        "scenario": "prøveutrekning",
        "hromada": "ukrainsk kommune", "søknad": "interessemelding", "foresl": "føresl", "“": "«",
    },
    "uk": {"критичн": "нагальн", "закріп": "зафіксува", "“": "«"},
}  # fmt: skip
WORD = re.compile(r"(?<![\w(@{])\w+|“")  # a placeholder or a domain is no word

Key = str | tuple[str, int]


class CatalogFailed(Exception):
    """One of gettext's tools refused; the text is what it said."""


def run_tool(*command: str, data: bytes = b"", cwd: Path = ROOT) -> bytes:
    """Return what a gettext tool writes. Raises CatalogFailed."""
    done = subprocess.run(command, check=False, input=data, capture_output=True, cwd=cwd)
    if done.returncode:
        raise CatalogFailed(done.stderr.decode(errors="replace").strip())
    return done.stdout


def keys(compiled: bytes) -> set[Key]:
    """Return the texts a compiled catalog translates; context and plural are part of the key."""
    if not compiled:
        return set()
    catalog: dict[Key, str] = gettext.GNUTranslations(io.BytesIO(compiled))._catalog  # type: ignore[attr-defined]  # the only whole view of a catalog
    return {key for key in catalog if key}


def compile_catalog(po: Path) -> bytes:
    """Return the compiled catalog; placeholders are checked, fuzzy and empty entries fall out.

    Texts of Django and allauth stand in none of our sources, so gathering would drop them: `borrowed.po`
    keeps ours.
    """
    borrowed = po.with_name("borrowed.po")
    both = [str(part) for part in (po, borrowed) if part.exists()]
    return run_tool(
        "msgfmt", "--check", "--output-file=-", "-", data=run_tool("msgcat", "--use-first", *both)
    )


def gather(languages: list[str], root: Path) -> None:
    """Run makemessages in `root`, a copy of the sources or the checkout itself."""
    options = [part for language in languages for part in ("--locale", language)]
    command = [
        sys.executable,
        "-m",
        "django",
        "makemessages",
        *options,
        "--no-wrap",
        "--no-obsolete",
        "--verbosity",
        "0",
    ]
    # Line numbers would make every edit of the code an edit of three catalogs.
    command += [
        "--add-location",
        "file",
        "--ignore",
        "node_modules",
        "--ignore",
        "var",
        "--ignore",
        "tests",
        "--ignore",
        "deploy",
    ]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=root, env=environment)
    if done.returncode:
        raise CatalogFailed(done.stderr.strip())


def unseen(root: Path) -> list[str]:
    """Return, as sentences, the texts that gettext's tools pass by: they do not read inside an f-string."""
    faults = []
    for path in sorted(part for name in SOURCES for part in (root / name).rglob("*.py")):
        tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for text in [node for node in tree if isinstance(node, ast.JoinedStr)]:
            called = [node.func for node in ast.walk(text) if isinstance(node, ast.Call)]
            if any(isinstance(name, ast.Name) and name.id in MARKS for name in called):
                faults.append(
                    f"{path.relative_to(root)}:{text.lineno}: a text inside an f-string is never gathered."
                )
    return faults


def wanted(po: Path, patterns: tuple[str, ...]) -> set[Key]:
    """Return the texts of a freshly gathered catalog that stand in one of the source files."""
    if not patterns:
        return set()
    file_options = [part for pattern in patterns for part in ("-N", pattern)]
    picked = po.read_bytes() if patterns == EVERYTHING else run_tool("msggrep", *file_options, str(po))
    # msgen answers every text with itself, so that compiling keeps them all
    return (
        keys(run_tool("msgfmt", "--output-file=-", "-", data=run_tool("msgen", "-", data=picked)))
        if picked
        else set()
    )


def findings(language: str, fresh: Path) -> list[str]:
    """Return what is wrong with one language's committed catalog, as sentences."""
    committed = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    if not committed.exists():
        return [f"{language}: there is no catalog. Run make messages."]
    try:
        compiled = compile_catalog(committed)
    except CatalogFailed as failure:
        return [f"{language}: {failure}"]
    lost = sorted(str(key) for key in wanted(fresh, GATE[language]) - keys(compiled))
    faults = [f"{language}: not translated: {key!r}" for key in lost] + strays(language, entries(compiled))
    machine = committed.with_suffix(".mo")
    if not machine.exists() or entries(machine.read_bytes()) != entries(compiled):
        faults.append(f"{language}: the compiled catalog is not that of the text. Run make messages.")
    return faults


def strays(language: str, texts: Mapping[Key, str]) -> list[str]:
    """Return, as sentences, the texts with a word for which the language has another one."""
    faults = []
    for key, text in texts.items():
        words = tuple(WORD.findall(text.casefold()))
        begun = [word for word in STRAYS[language] if any(part.startswith(word) for part in words)]
        faults += [f"{language}: “{word}” is “{STRAYS[language][word]}” here: {key!r}" for word in begun]
    return faults


def entries(compiled: bytes) -> dict[Key, str]:
    """Return a compiled catalog's texts without its header, whose date says nothing."""
    catalog: dict[Key, str] = gettext.GNUTranslations(io.BytesIO(compiled))._catalog  # type: ignore[attr-defined]  # as in keys()
    return {key: value for key, value in catalog.items() if key}


def check() -> int:
    """Compare the catalogs with texts gathered in a copy; 1 and one line per finding."""
    with tempfile.TemporaryDirectory(prefix="portal-catalogs-") as folder:
        copy = Path(folder)
        for name in SOURCES:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "data"))
        for language in GATE:
            (copy / "locale" / language).mkdir(parents=True)
        gather(list(GATE), copy)
        fresh = {language: copy / "locale" / language / "LC_MESSAGES" / "django.po" for language in GATE}
        faults = unseen(copy) + [line for language in GATE for line in findings(language, fresh[language])]
    print(
        "\n".join(faults) or "catalogs: complete as the language gate asks, compiled",
        file=sys.stderr if faults else sys.stdout,
    )
    return 1 if faults else 0


def update() -> int:
    """Gather the texts into locale/ and compile."""
    for language in GATE:
        (ROOT / "locale" / language).mkdir(parents=True, exist_ok=True)
    gather(list(GATE), ROOT)
    for language in GATE:
        po = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
        po.with_suffix(".mo").write_bytes(compile_catalog(po))
    return 0


def main(arguments: list[str]) -> int:
    """Run the step named on the command line."""
    steps = {"check": check, "update": update}
    if len(arguments) != 1 or arguments[0] not in steps:
        print("usage: python -m deploy.catalogs check | update", file=sys.stderr)
        return 2
    try:
        return steps[arguments[0]]()
    except CatalogFailed as failure:
        print(failure, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
