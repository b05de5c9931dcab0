"""The product's own source files, read as text and as syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("webhooks", "api", "tasks", "providers", "db", "domain", "observability")
TOP = ("settings.py", "environment.py", "celeryconfig.py", "wsgi.py", "gunicorn_conf.py", "flowerconfig.py")
BESIDE = ("scripts", "benchmarks", "migrations", "tests")


def product_files() -> list[Path]:
    """What runs in production."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted(found + [ROOT / name for name in TOP if (ROOT / name).exists()])


def all_files() -> list[Path]:
    """Every Python file that somebody has to read; alembic's revisions have a shape of their own."""
    beside = [path for room in BESIDE for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts]
    return sorted(product_files() + beside)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """Path from the root, as messages show it."""
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    """The importable name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    """Every function of a file, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: Function) -> int:
    """Lines from ``def`` to the end; decorators do not count."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def decorators(function: Function) -> list[str]:
    """Decorators as they are written."""
    return [ast.unparse(decorator) for decorator in function.decorator_list]


def is_public(name: str) -> bool:
    """Whether a name is for others."""
    return not name.startswith("_")
