"""Every public function of the engine shows itself at work, and the examples are true."""

from __future__ import annotations

import doctest
import inspect
import pkgutil
from importlib import import_module
from types import ModuleType

import pytest

from matching import engine

FUNCTIONS = [name for name in engine.__all__ if inspect.isfunction(getattr(engine, name))]
MODULES = [
    import_module(module.name)
    for module in pkgutil.walk_packages(engine.__path__, "matching.engine.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_shows_an_example(name: str) -> None:
    function = getattr(engine, name)
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(function) or "", name)
    assert any(f"{name}(" in example.source for example in examples)
    assert any(example.want for example in examples)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_of_a_module_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


def test_the_examples_are_found() -> None:
    assert sum(len(test.examples) for module in MODULES for test in doctest.DocTestFinder().find(module)) > 80
