"""The house in figures: `python -m tests.house.measures` prints how full, how tangled and how plain the code is."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kommunesamarbeid", "municipalities", "matching")
MOST_MODULES = 20
LINE = 110
MOST_PARAMETERS = 6
# Participles and pronouns say what happened to a value, or whose it is, never what it holds.
VAGUE = frozenset(
    ["found", "said", "told", "known", "held", "mine", "own", "each", "given", "kept", "theirs"]
)


@cache
def modules() -> dict[str, Path]:
    """Return the file of each of our modules, migrations apart."""
    files = (
        path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    )
    return {_name_of(path): path for path in files}


def _name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def fullest_folders() -> list[tuple[int, str]]:
    """Return how many modules stand side by side in each folder, the fullest first; `__init__` is the door, not a module."""
    folders = Counter(path.parent for path in modules().values() if path.name != "__init__.py")
    return sorted(((count, str(folder.relative_to(ROOT))) for folder, count in folders.items()), reverse=True)


@cache
def imports() -> dict[str, frozenset[str]]:
    """Return which of our modules each one imports, inside functions and under TYPE_CHECKING too; the door's own come with a name."""
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for name, path in modules().items():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    graph[name].add(whole if whole in modules() else node.module)
            elif isinstance(node, ast.Import):
                graph[name].update(alias.name for alias in node.names)
        graph[name] = {other for other in graph[name] if other in modules() and other != name}
    return {name: frozenset(others) for name, others in graph.items()}


def circle_of_modules() -> list[str]:
    """Return modules that import each other in a circle, or nothing."""
    return _circle(imports())


def folder_of(name: str) -> str:
    """Return the folder that stands for a module on the plan of floors: a step, or the module itself where it has none."""
    depth = 3 if name.startswith("kommunesamarbeid.core.") else 2
    return ".".join(name.split(".")[:depth])


def folder_graph() -> dict[str, set[str]]:
    """Return which folders each folder imports."""
    graph: dict[str, set[str]] = defaultdict(set)
    for name, others in imports().items():
        graph[folder_of(name)] |= {folder_of(other) for other in others} - {folder_of(name)}
    return graph


def circle_of_folders() -> list[str]:
    """Return folders that import each other in a circle, or nothing."""
    return _circle({folder: frozenset(others) for folder, others in folder_graph().items()})


def floors(package: str) -> int:
    """Return on how many floors the folders of a package stand: the longest way down through them, in folders."""
    graph = {
        name: {x for x in others if x.startswith(package + ".")} for name, others in folder_graph().items()
    }

    @cache
    def height(folder: str) -> int:
        return 1 + max((height(lower) for lower in graph.get(folder, set())), default=0)

    return max(height(folder) for folder in graph if folder.startswith(package + "."))


def _circle(graph: dict[str, frozenset[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def doors_passed_by() -> list[str]:
    """Return imports of a step's file by another step: they come in by the folder."""
    steps = {name for name in modules() if name.count(".") == 1 and modules()[name].name == "__init__.py"}
    steps -= {f"{package}.{inner}" for package in PACKAGES for inner in _NO_STEPS}
    wrong = []
    for name, path in modules().items():
        mine_is_interface = name.split(".")[1:2] and name.split(".")[1] in _INTERFACES
        for node in ast.walk(_tree(path)):
            if not isinstance(node, ast.ImportFrom) or not node.module or node.module.count(".") < 1:
                continue
            step = ".".join(node.module.split(".")[:2])
            same_app = step.split(".")[0] == name.split(".")[0]
            if step not in steps or folder_of(name) == step or (mine_is_interface and same_app):
                continue
            if node.module != step:
                wrong.append(f"{name} imports {node.module}")
            wrong += [
                f"{name} imports {step}.{alias.name}"
                for alias in node.names
                if node.module == step
                and f"{step}.{alias.name}" in modules()
                and alias.name not in _door(step)
            ]
    return wrong


def _door(step: str) -> list[str]:
    """Return the names that a step's front door gives out."""
    return [
        str(ast.literal_eval(element))
        for node in _tree(modules()[step]).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for element in getattr(node.value, "elts", ())
    ]


_NO_STEPS = ("core", "models", "admin", "views", "management", "demo", "migrations", "engine")
_INTERFACES = ("admin", "views", "management", "demo", "tasks", "forms", "urls", "apps")


def local_names() -> Counter[str]:
    """Return how often each name is assigned inside a function."""
    names: Counter[str] = Counter()
    for path in modules().values():
        for function in ast.walk(_tree(path)):
            if isinstance(function, ast.FunctionDef):
                names.update(_assigned(function))
    return names


def _assigned(function: ast.FunctionDef) -> Iterator[str]:
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def vague_share() -> float:
    """Return the share of assigned local names that do not say what they hold."""
    names = local_names()
    return sum(count for name, count in names.items() if name in VAGUE) / names.total()


def lines() -> Iterator[tuple[str, int, str]]:
    """Yield file, number and text of every line of ours."""
    for path in modules().values():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            yield str(path.relative_to(ROOT)), number, line


def long_share() -> float:
    """Return the share of lines over LINE characters."""
    lengths = [len(line) for _path, _number, line in lines()]
    return sum(length > LINE for length in lengths) / len(lengths)


def skipped_formats() -> list[str]:
    """Return where the formatter is told to keep out of what is no table of data."""
    places = []
    for path in modules().values():
        text = path.read_text(encoding="utf-8").splitlines()
        tables = {
            number
            for scope in _scopes(_tree(path))
            for node in scope
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and isinstance(node.value, ast.Dict | ast.Tuple | ast.List | ast.Set | ast.Call)
            for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
        }
        places += [
            f"{path.relative_to(ROOT)}:{number}"
            for number, line in enumerate(text, 1)
            if "# fmt: skip" in line and number not in tables
        ]
    return places


def _scopes(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Yield the bodies in which data stand: of the module and of its classes, never of a function."""
    yield tree.body
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.body


def crowded_functions() -> list[str]:
    """Return functions of more than MOST_PARAMETERS, the actor and the moment apart: every service is told those two.

    The engine is left out: there a function takes the fields of a problem, which is a record already.
    """
    return [
        f"{name}.{node.name}"
        for name, path in modules().items()
        if not name.startswith("matching.engine")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef) and len(_parameters(node) - _TOLD_TO_ALL) > MOST_PARAMETERS
    ]


def _parameters(function: ast.FunctionDef) -> set[str]:
    arguments = function.args
    return {argument.arg for argument in arguments.posonlyargs + arguments.args + arguments.kwonlyargs}


_TOLD_TO_ALL = frozenset(["self", "cls", "by", "at"])


def silent_events() -> list[str]:
    """Return events of `core/events.py` that nobody listens to, and those emitted that are not in its table."""
    table = re.findall(
        r'^    "(\w+)": \[\]',
        (modules()["kommunesamarbeid.core.events"]).read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules().values())
    heard, emitted = set(re.findall(r'\bon\("(\w+)"', text)), set(re.findall(r'\bemit\("(\w+)"', text))
    return sorted((set(table) - heard) | (emitted - set(table)) | (set(table) - emitted))


def twin_refusals() -> dict[str, list[str]]:
    """Return the names of exception classes that are defined in more than one module, with the modules."""
    places: dict[str, list[str]] = defaultdict(list)
    for name, path in modules().items():
        for node in _tree(path).body:
            if isinstance(node, ast.ClassDef) and any(_is_exception(base) for base in node.bases):
                places[node.name].append(name)
    return {name: where for name, where in places.items() if len(where) > 1}


def _is_exception(base: ast.expr) -> bool:
    name = base.id if isinstance(base, ast.Name) else getattr(base, "attr", "")
    return name.endswith(("Exception", "Error", "Refused", "Missing", "PermissionDenied"))


def twin_files() -> dict[str, list[str]]:
    """Return file names that stand for more than one thing, Django's own and each app's words apart, and models and views."""
    folders: dict[str, list[str]] = defaultdict(list)
    for name, path in modules().items():
        if path.stem not in _DJANGOS_OWN and not {"models", "views", "commands"} & set(path.parts):
            folders[path.stem].append(name)
    return {stem: names for stem, names in folders.items() if len(names) > 1}


_DJANGOS_OWN = frozenset(
    [
        "__init__",
        "__main__",
        "choices",
        "states",
        "admin",
        "apps",
        "forms",
        "models",
        "tasks",
        "urls",
        "views",
    ]
)


def main() -> None:
    """Print the figures."""
    count, folder = fullest_folders()[0]
    print(f"fullest folder: {count} modules in {folder} (at most {MOST_MODULES})")
    print(
        "floors between folders: "
        + ", ".join(f"{package} {floors(package)}" for package in ("municipalities", "matching"))
    )
    print(
        f"circles, TYPE_CHECKING counted: modules {circle_of_modules() or 0}, folders {circle_of_folders() or 0}"
    )
    print(f"imports past a step's door: {len(doors_passed_by())}")
    print(f"vague local names: {vague_share():.2%} of {local_names().total()} assigned (at most 0.5 %)")
    print(f"lines over {LINE} characters: {long_share():.2%} (at most 1 %)")
    print(
        f"functions of over {MOST_PARAMETERS} parameters, actor and moment apart: {len(crowded_functions())}"
    )
    print(f"fmt: skip outside tables of data: {len(skipped_formats())}")
    print(f"events without emitter or listener: {len(silent_events())} {silent_events() or ''}")
    print(f"files of one name: {twin_files() or 0}")
    print(f"refusals of one name in several modules: {twin_refusals() or 0}")


if __name__ == "__main__":
    main()
