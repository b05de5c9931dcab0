"""Nothing grows until nobody wants to read it."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import all_files, decorators, functions, length, name_of, product_files

FILE_LINES, FUNCTION_LINES, ROUTE_LINES, TASK_LINES, CONFTEST_LINES = 300, 40, 20, 30, 150


def _is_route(decorator: str) -> bool:
    return re.match(r"\w+\.(get|post|put|patch|delete|route)\(", decorator) is not None


def _is_task(decorator: str) -> bool:
    return decorator.startswith(("step(", "app.task("))


def _cap(found: list[str]) -> int:
    if any(_is_route(decorator) for decorator in found):
        return ROUTE_LINES
    return TASK_LINES if any(_is_task(decorator) for decorator in found) else FUNCTION_LINES


@pytest.mark.parametrize("path", all_files(), ids=name_of)
def test_no_file_is_too_long_to_read(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= (CONFTEST_LINES if path.name == "conftest.py" else FILE_LINES)


@pytest.mark.parametrize("path", all_files(), ids=name_of)
def test_no_function_is_too_long_to_hold_in_mind(path: Path) -> None:
    long = {function.name: length(function) for function in functions(path) if length(function) > _cap(decorators(function))}
    assert long == {}


def test_the_caps_for_routes_and_tasks_find_routes_and_tasks() -> None:
    caps = [_cap(decorators(function)) for path in product_files() for function in functions(path)]
    assert caps.count(ROUTE_LINES) >= 8
    assert caps.count(TASK_LINES) >= 6
