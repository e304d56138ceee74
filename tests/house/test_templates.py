"""No template and no style is left over: each is named somewhere, and a page's classes are those the sheets know."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import allauth
import crispy_forms
import django.contrib.admin

from tests.services import ROOT

TEMPLATES, SHEETS = ROOT / "templates", ROOT / "static" / "css"
NAMED = re.compile(r"""\{%-?\s*(?:extends|include)\s+["']([^"']+)["']""")
CLASSES = re.compile(r"""class(?:Name)?\s*=\s*\\?["']([^"'>]*)|block \w+_class %\}([^{]*)""")
TAG = re.compile(r"\{%.*?%\}", re.DOTALL)
VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)
PACKAGES = tuple(
    Path(str(package.__file__)).parent for package in (allauth, crispy_forms, django.contrib.admin)
)


def sources(*endings: str) -> list[Path]:
    """Return our own files of these kinds, without migrations."""
    folders = [
        ROOT / name for name in ("kommunesamarbeid", "municipalities", "matching", "templates", "static/js")
    ]
    return sorted(file for folder in folders for ending in endings for file in folder.rglob(f"*.{ending}"))


@cache
def text_of(*endings: str) -> str:
    """Return all our files of these kinds in one text."""
    return "\n".join(file.read_text(encoding="utf-8") for file in sources(*endings))


def names_in_python() -> list[re.Pattern[str]]:
    """Return what Python names as a template; a part that is computed may be any one word."""
    names = [name for file in sources("py") for name in names_in(file)]
    return [re.compile(name) for name in names if name.endswith("html")]


def names_in(file: Path) -> list[str]:
    """Return the strings of one file as patterns, whole or put together."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    plain = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    joined = [node.values for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    folder = re.escape(folder_of(tree))
    return [re.escape(text) for text in plain] + [
        "".join(part_of(part, folder) for part in parts) for parts in joined
    ]


def folder_of(tree: ast.Module) -> str:
    """Return the FOLDER that a module sets or takes from another of our modules."""
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "FOLDER"
            and isinstance(node.value, ast.Constant)
        ):
            return str(node.value.value)
        if isinstance(node, ast.ImportFrom) and "FOLDER" in {alias.name for alias in node.names}:
            origin = ROOT / f"{str(node.module).replace('.', '/')}.py"
            return folder_of(ast.parse(origin.read_text(encoding="utf-8")))
    return ""


def part_of(part: ast.expr, folder: str) -> str:
    """Return one part of a string that is put together, as a pattern."""
    if isinstance(part, ast.Constant):
        return re.escape(str(part.value))
    is_folder = isinstance(part, ast.FormattedValue) and ast.unparse(part.value) == "FOLDER"
    return folder if is_folder else r"\w+"


@cache
def python_of(package: Path) -> str:
    """Return the code of a package in one text."""
    return "\n".join(file.read_text(encoding="utf-8") for file in package.rglob("*.py"))


def is_asked_by_a_package(name: str) -> bool:
    """Tell whether a package has a template of this name or asks for it: crispy for those of any pack, the admin per model."""
    asked = (
        f"/{name.partition('/')[2]}"
        if name.startswith("designsystemet/")
        else f'"{name.removesuffix(".html")}.'
    )
    general = re.sub(r"^admin/\w+/\w+/", "admin/", name)
    return any(
        any(package.rglob(f"templates/{general}")) or asked in python_of(package) for package in PACKAGES
    )


def classes_in(text: str) -> set[str]:
    """Return the classes that markup or a script gives; what stands in a tag is none."""
    values = (VALUE.sub(" {{ ", TAG.sub(" ", value)).split() for value in map("".join, CLASSES.findall(text)))
    return {name for names in values for name in names if re.fullmatch(r"[a-z][\w-]*[a-z\d]", name)}


def ruled() -> set[str]:
    """Return the classes that our own sheets have a rule for."""
    text = "\n".join(
        re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        for file in SHEETS.rglob("*.css")
    )
    text = re.sub(r"@(?:layer|import)[^{};]*;", "", text)
    return {
        name
        for selector in re.findall(r"([^{}]+)\{", text)
        for name in re.findall(r"\.([a-zA-Z][\w-]*)", selector)
    }


@cache
def stock_classes() -> frozenset[str]:
    """Return the classes of the stock admin's own sheets, markup and scripts."""
    rules = "\n".join(file.read_text(encoding="utf-8") for file in PACKAGES[2].rglob("*.css"))
    written = "\n".join(
        file.read_text(encoding="utf-8")
        for ending in ("html", "py", "js")
        for file in PACKAGES[2].rglob(f"*.{ending}")
    )
    attributes = re.findall(r"""class(?:Name)?["']?\s*[:=]\s*["']([^"'<>]+)["']""", written)
    return frozenset(re.findall(r"\.([a-zA-Z][\w-]*)", rules)) | {
        name for attribute in attributes for name in attribute.split()
    }


def is_stock(name: str) -> bool:
    """Tell whether a class is the stock admin's or Designsystemet's."""
    return name.startswith(("ds-", "field-")) or name in stock_classes()


def is_made(name: str) -> bool:
    """Tell whether a class is put together: a stem that a template writes, and a variant that something names."""
    stem, parted, variant = name.rpartition("--")
    written = bool(parted) and re.search(rf"{stem}--\{{\{{", text_of("html")) is not None
    return written and re.search(rf"""["' ]{variant}["' ]""", text_of("html", "py")) is not None


def test_every_template_is_named_somewhere() -> None:
    names = {file.relative_to(TEMPLATES).as_posix() for file in TEMPLATES.rglob("*.html")}
    named = set(NAMED.findall(text_of("html", "txt")))
    patterns = names_in_python()

    left = {name for name in names - named if not any(pattern.fullmatch(name) for pattern in patterns)}

    assert sorted(name for name in left if not is_asked_by_a_package(name)) == []


def test_every_template_that_is_named_exists() -> None:
    named = set(NAMED.findall(text_of("html", "txt")))
    assert (
        sorted(name for name in named if not (TEMPLATES / name).is_file() and not is_asked_by_a_package(name))
        == []
    )


def test_what_is_included_begins_with_an_underscore_and_nothing_else_does() -> None:
    included = set(re.findall(r"""\{%\s*include\s+["']([^"']+)["']""", text_of("html")))
    shared = ("components/", "designsystemet/", "admin/color")
    parts = {file.relative_to(TEMPLATES).as_posix() for file in TEMPLATES.rglob("_*.html")}
    assert sorted(name for name in included if not name.startswith(shared) and name not in parts) == []
    assert sorted(parts - included) == []


def test_every_class_of_ours_is_given_somewhere() -> None:
    used = classes_in(text_of("html", "py", "js"))
    assert sorted(name for name in ruled() - used if not is_stock(name) and not is_made(name)) == []


def test_every_class_that_is_given_has_a_rule() -> None:
    rules = ruled()
    assert (
        sorted(
            name
            for name in classes_in(text_of("html", "py", "js"))
            if name not in rules and not is_stock(name)
        )
        == []
    )
