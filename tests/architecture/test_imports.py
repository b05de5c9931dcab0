"""Arrows point one way, and where the reader sees them."""

import ast
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.architecture.source import ROOMS, ROOT, functions, name_of, product_files, tree

# the registry chooses a vendor at run time and must not load those that nobody uses
MAY_IMPORT_LATE = {"providers/registry.py"}


def test_every_import_contract_is_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout


def test_there_is_no_import_cycle() -> None:
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    arrows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    remaining = set(arrows)
    while free := {module for module in remaining if not arrows[module] & remaining}:
        remaining -= free
    assert remaining == set()


@pytest.mark.parametrize("path", product_files(), ids=name_of)
def test_imports_stand_at_the_top(path: Path) -> None:
    hidden = [
        ast.unparse(node) for function in functions(path) for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == [] or name_of(path) in MAY_IMPORT_LATE


@pytest.mark.parametrize("path", product_files(), ids=name_of)
def test_production_code_does_not_lean_on_assert(path: Path) -> None:
    assert [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.Assert)] == []


@pytest.mark.parametrize("path", [path for path in product_files() if path.parts[len(ROOT.parts)] in {"webhooks", "api"}], ids=name_of)
def test_the_fronts_import_of_tasks_only_the_doorbell(path: Path) -> None:
    imported = {
        f"{node.module}.{alias.name}" if node.module == "tasks" else str(node.module)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "tasks"
        for alias in node.names
    }
    assert imported <= {"tasks.dispatch"}
