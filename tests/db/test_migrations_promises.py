"""What every migration promises by its first word, read from the SQL that it would run: an expansion takes nothing from older code."""

import re
from functools import cache
from io import StringIO

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script

from tests.support.migrating import REVISIONS, SCRIPTS

# what older code still reads, writes, or would be refused for
TAKES_AWAY = re.compile(
    r"\bDROP (TABLE|COLUMN|VIEW|SCHEMA|TYPE)\b|\bRENAME\b|\bALTER COLUMN \S+ (SET NOT NULL|TYPE|SET DATA TYPE|DROP DEFAULT)\b|\bTRUNCATE\b"
    r"|^DELETE\b"
)
NOT_NULL = re.compile(r"\bADD COLUMN .*\bNOT NULL\b")
ADDS_CHECK = re.compile(r"^ALTER TABLE (\w+) ADD CONSTRAINT (\w+) (CHECK|FOREIGN KEY)\b")
DROPS_CHECK = re.compile(r"^ALTER TABLE \w+ DROP CONSTRAINT (\w+)")
MAKES_INDEX = re.compile(r"^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?\w+ ON (\w+)")
MAKES_TABLE = re.compile(r"^CREATE TABLE (\w+)")
# released before rows were checked beside the traffic; its table had a column more to be written anyway
RELEASED = {("0002", "ck_transcripts_processing_status")}


def _script(revision: str) -> Script:
    found = SCRIPTS.get_revision(revision)
    assert found is not None
    return found


@cache
def _statements(revision: str) -> tuple[str, ...]:
    """What upgrading to a revision would run, one line each."""
    printed = StringIO()
    before = REVISIONS[REVISIONS.index(revision) - 1] if revision != REVISIONS[0] else "base"
    command.upgrade(Config("alembic.ini", output_buffer=printed), f"{before}:{revision}", sql=True)
    return tuple(filter(None, (" ".join(statement.split()) for statement in printed.getvalue().split(";"))))


def _made_here(revision: str) -> set[str]:
    return {found[1] for statement in _statements(revision) if (found := MAKES_TABLE.match(statement))}


def _kind(revision: str) -> str:
    return (_script(revision).module.upgrade.__doc__ or "").split(":")[0]


def complaints(statements: tuple[str, ...]) -> list[str]:
    """What an expansion may not do."""
    taken = [statement for statement in statements if TAKES_AWAY.search(statement)]
    wanted = [statement for statement in statements if NOT_NULL.search(statement) and " DEFAULT " not in statement]
    added = {found[2] for statement in statements if (found := ADDS_CHECK.match(statement))}
    # a CHECK may be dropped only for one that takes its place
    bare = [statement for statement in statements if (found := DROPS_CHECK.match(statement)) and found[1] not in added]
    return taken + wanted + bare


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_migration_says_whether_it_expands_or_contracts_and_an_expansion_takes_nothing_away(revision: str) -> None:
    assert _kind(revision) in {"Expand", "Contract"}
    assert len(_statements(revision)) > 2, "the SQL was looked at"
    if _kind(revision) == "Expand":
        assert complaints(_statements(revision)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE runs DROP COLUMN turn",
        "DROP TABLE effects",
        "ALTER TABLE runs RENAME turn TO number",
        "ALTER TABLE runs RENAME TO jobs",
        "ALTER TABLE runs ADD COLUMN x INTEGER NOT NULL",
        "ALTER TABLE runs ALTER COLUMN x SET NOT NULL",
        "ALTER TABLE runs ALTER COLUMN x TYPE BIGINT",
        "ALTER TABLE runs DROP CONSTRAINT ck_runs_state",
        "DROP VIEW calls",
    ],
)
def test_what_older_code_would_miss_is_found(statement: str) -> None:
    assert complaints((statement,)) == [statement]


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_rows_that_are_there_are_indexed_and_checked_beside_the_traffic(revision: str) -> None:
    new = _made_here(revision)
    for statement in _statements(revision):
        if index := MAKES_INDEX.match(statement):
            assert index[2] or index[3] in new, statement
        check = ADDS_CHECK.match(statement)
        if check and check[1] not in new and (revision, check[2]) not in RELEASED:
            assert statement.endswith("NOT VALID"), statement
