"""No step waits for the outside without a limit: every call of a port goes through the one wrapper (S0-22)."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain import ports
from tests.architecture.source import ROOT, name_of, tree

PORT_METHODS = {
    name
    for port in vars(ports).values()
    if inspect.isclass(port) and "vendor" in inspect.get_annotations(port)  # the shelf of answers is our own store, not the outside
    for name, member in vars(port).items()
    if inspect.isfunction(member) and not name.startswith("_")
}
TASK_FILES = sorted((ROOT / "tasks").rglob("*.py"))


def _modules(module: ast.Module) -> set[str]:
    """Names that are imported: a call of theirs is a function's, not a port's."""
    return {
        alias.asname or alias.name for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    }


def _calls(node: ast.AST, modules: set[str], *, bounded: bool) -> Iterator[tuple[int, bool]]:
    """Line of each call of a port, and whether it stands inside ``ask(…)``."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in PORT_METHODS and ast.unparse(node.func.value) not in modules:
            yield node.lineno, bounded
        bounded = bounded or ast.unparse(node.func) in {"ask", "ask_or_stand_in"}
    for child in ast.iter_child_nodes(node):
        yield from _calls(child, modules, bounded=bounded)


def _port_calls(module: ast.Module) -> list[tuple[int, bool]]:
    return list(_calls(module, _modules(module), bounded=False))


@pytest.mark.parametrize("path", TASK_FILES, ids=name_of)
def test_every_call_of_a_port_has_a_limit(path: Path) -> None:
    assert [line for line, bounded in _port_calls(tree(path)) if not bounded] == []


def test_the_guard_sees_the_calls_that_there_are() -> None:
    assert {"classify", "write", "send", "find"} <= PORT_METHODS
    assert sum(len(_port_calls(tree(path))) for path in TASK_FILES) >= len(PORT_METHODS)


def test_the_guard_sees_a_call_without_a_limit() -> None:
    careless = ast.parse("from providers import registry\nregistry.classifier().classify(1, 2)\nask(port, lambda it: it.send(1))")
    assert _port_calls(careless) == [(2, False), (3, True)]


@pytest.mark.parametrize("path", TASK_FILES, ids=name_of)
def test_only_the_registry_hands_out_ports(path: Path) -> None:
    imported = {str(node.module) for node in ast.walk(tree(path)) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if name.startswith("providers.local")} == set()
