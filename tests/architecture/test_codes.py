"""Every code that can end a run or an effect, or hold it up, has a row that says what to mend; and no row is for a code that is none."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from db.plant.effects import NOT_FOUND
from domain import errors
from domain.effects import ANSWERED_ALREADY
from domain.emergencies.escalation import REPLY_LIMIT
from domain.statuses import UNKNOWN_SHAPE
from domain.telephony.opt_outs import OPTED_OUT, TWILIO_ANSWERS
from tests.architecture.source import ROOT, tree

ROOMS = ("domain", "providers", "db", "tasks")
RAISED = {name for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, errors.StepError)}
# whoever ends, puts off or buries something says why
TOLD = RAISED | {"StepFailed", "_failed", "_end", "postpone"}
OWN_WORD = r"[a-z]+(?:_[a-z]+)*"
CODE = re.compile(r"(?:deepgram|openai|twilio|whisper|spend|transcription|transcriber|unexpected|infrastructure|\*):[a-z0-9_*]*[a-z0-9*]")
IN_SQL = re.compile(r"last_error(?: = |, )'([a-z_]+)'")
# a number, and what is written in <>, stands for all of its kind
PLACEHOLDER = re.compile(r"<[^>]+>|(?<=:)\d{5}$|(?<=http_)\d{3}$")


def _files() -> Iterator[Path]:
    return (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def _written(node: ast.AST) -> str:
    """A string as it is written, with * for what is filled in; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_written(part) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return ""


def _told(call: ast.Call) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in TOLD:
        yield from (written for argument in call.args if re.fullmatch(OWN_WORD, written := _written(argument)))


def _withheld(function: ast.FunctionDef) -> Iterator[str]:
    returned = (
        _written(part) for node in ast.walk(function) if isinstance(node, ast.Return) and node.value for part in ast.walk(node.value)
    )
    yield from (word for word in returned if re.fullmatch(OWN_WORD, word))


def _codes(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        written = _written(node)
        if CODE.fullmatch(written) and written != "*:*":
            yield written
        yield from IN_SQL.findall(written)
        if isinstance(node, ast.Call):
            yield from _told(node)
        if isinstance(node, ast.FunctionDef) and node.name == "_why_not":
            yield from _withheld(node)


def _in_the_sources() -> set[str]:
    return {PLACEHOLDER.sub("*", code) for path in _files() for code in _codes(path)} | {
        NOT_FOUND, OPTED_OUT, TWILIO_ANSWERS, REPLY_LIMIT, ANSWERED_ALREADY, UNKNOWN_SHAPE,
    }  # fmt: skip


def _in_the_table() -> set[str]:
    text = (ROOT / "docs" / "vendors.md").read_text(encoding="utf-8")
    section = text.partition("### Codes, and what to mend")[2].partition("\nWhoever has mended")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", section, flags=re.MULTILINE)
    return {PLACEHOLDER.sub("*", code) for cell in cells for code in re.findall(r"`([^`]+)`", cell)}


def _is_of(row: str, code: str) -> bool:
    """Whether a row of the table is this code's: of any vendor, if the row or the code is."""
    whose, _, word = code.partition(":")
    return row in {code, f"*:{word}"} or (whose == "*" and row.endswith(f":{word}"))


def test_every_code_of_the_sources_has_a_row() -> None:
    table = _in_the_table()
    assert sorted(code for code in _in_the_sources() if not any(_is_of(row, code) for row in table)) == []


def test_every_row_is_of_a_code_that_there_is() -> None:
    sources = _in_the_sources()
    assert sorted(row for row in _in_the_table() if not any(_is_of(row, code) or fnmatchcase(row, code) for code in sources)) == []
