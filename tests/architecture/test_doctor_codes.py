"""Every code that the doctor can print stands in its table, and no row is for a code that is none."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import ROOT, tree

# rooms, and what others bring along
WHERE = ("tasks/doctor/*.py", "webhooks/*/checks.py")


def _written() -> Iterator[str]:
    for path in (path for pattern in WHERE for path in ROOT.glob(pattern)):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding":
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno} makes its code from data"
                yield str(node.args[0].value)


def _in_the_table() -> list[str]:
    section = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8").partition("## Codes")[2]
    return re.findall(r"^\| `([a-z_]+)` \|", section, flags=re.MULTILINE)


def test_the_table_has_each_code_once() -> None:
    codes = set(_written())
    assert len(codes) > 50, "the sources were looked at"
    assert sorted(_in_the_table()) == sorted(codes)
