"""A statement is written once: two copies of one lock or one condition drift apart unseen."""

import ast
from collections import defaultdict

from tests.architecture.source import ROOT, name_of, tree

# shorter ones are words of the language, not rules of the house
RULE_CHARS = 60


def _statements() -> dict[str, set[str]]:
    """Every longer constant of the rooms that hold SQL, by its words, and the files where it stands."""
    found = defaultdict(set)
    for path in (ROOT / "db").rglob("*.py"):
        module = tree(path)
        for node in module.body:
            if isinstance(node, ast.Assign):
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        words = " ".join(part.value.split())
                        found[words].add(name_of(path))
    return {words: files for words, files in found.items() if len(words) >= RULE_CHARS}


def test_no_statement_is_written_in_two_files() -> None:
    assert len(_statements()) > 100, "the statements were looked at"
    assert {words: files for words, files in _statements().items() if len(files) > 1} == {}
