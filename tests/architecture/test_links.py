"""Whoever is told to look something up finds it: every file and every section that the documents and the messages name is there."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name_of, product_files, tree

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|/)([^)\s]*)\)")
NAMED = re.compile(r"docs/[\w/-]+\.md(?:#[\w-]+)?")
# it has a long table of codes among much else: without the section nobody finds his own
LONG = "docs/vendors.md"


@cache
def _sections(document: Path) -> frozenset[str]:
    """The anchors that a host of Git makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def _leads_nowhere(link: str, begins: Path, itself: Path) -> bool:
    file, _, section = link.partition("#")
    target = (begins / file).resolve() if file else itself
    return not target.exists() or bool(section and section not in _sections(target))


def _told(path: Path) -> Iterator[str]:
    """What a file says to people."""
    return (node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if _leads_nowhere(link, document.parent, document)] == []


def test_every_document_that_the_product_names_is_there_with_its_section() -> None:
    named = [(name_of(path), link) for path in product_files() for said in _told(path) for link in NAMED.findall(said)]
    assert len(named) > 10, "the sources were looked at"
    assert [(path, link) for path, link in named if _leads_nowhere(link, ROOT, ROOT)] == []


def test_whoever_is_sent_to_the_vendors_codes_by_a_command_is_told_where_they_stand() -> None:
    told = [(name_of(path), said) for path in product_files() for said in _told(path) if name_of(path).startswith(("domain/", "tasks/"))]
    assert [path for path, said in told if re.search(rf"{LONG}(?!#)", said)] == []
