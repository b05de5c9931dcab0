"""What every migration promises by its first word, read from the SQL that it would run: an expansion takes nothing from older code."""

import re
from collections.abc import Callable
from functools import cache
from io import StringIO
from pathlib import Path

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
DROPS_CHECK = re.compile(r"^ALTER TABLE \w+ DROP CONSTRAINT (?:IF EXISTS )?(\w+)")
MAKES_INDEX = re.compile(r"^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?\w+ ON (\w+)")
# they wait for everybody who was there before them, and hold up nobody
BESIDE_TRAFFIC = re.compile(r"\bCONCURRENTLY\b|\bVALIDATE CONSTRAINT\b")
LIMITS = re.compile(r"^SET (lock_timeout|statement_timeout) = '?(\w+)'?$")
MAKES_TABLE = re.compile(r"^CREATE TABLE (\w+)")
ALTERS_TABLE = re.compile(r"^ALTER TABLE (\w+)")
# released before rows were checked beside the traffic; its table had a column more to be written anyway
RELEASED = {("0002", "ck_transcripts_processing_status")}


def _script(revision: str) -> Script:
    found = SCRIPTS.get_revision(revision)
    assert found is not None
    return found


def _before(revision: str) -> str:
    return REVISIONS[REVISIONS.index(revision) - 1] if revision != REVISIONS[0] else "base"


@cache
def _statements(revision: str) -> tuple[str, ...]:
    """What upgrading to a revision would run, one line each."""
    return _printed(command.upgrade, f"{_before(revision)}:{revision}")


@cache
def _statements_back(revision: str) -> tuple[str, ...]:
    """What taking a revision back would run, one line each."""
    return _printed(command.downgrade, f"{revision}:{_before(revision)}")


def _printed(move: Callable[..., None], span: str) -> tuple[str, ...]:
    printed = StringIO()
    move(Config("alembic.ini", output_buffer=printed), span, sql=True)
    # alembic says before each revision, in a comment, which one it is
    told = re.sub(r"^--.*$", "", printed.getvalue(), flags=re.MULTILINE)
    return tuple(filter(None, (" ".join(statement.split()) for statement in told.split(";"))))


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


def hurried(statements: tuple[str, ...]) -> list[str]:
    """What would be cut off while it waits for others, or leaves the limits lifted behind it."""
    limits: dict[str, str] = {}
    found = []
    for statement in statements:
        if limit := LIMITS.match(statement):
            limits[limit[1]] = limit[2]
        elif BESIDE_TRAFFIC.search(statement) and [limits.get("lock_timeout"), limits.get("statement_timeout")] != ["0", "0"]:
            found.append(statement)
    return found + [f"{name} stays lifted" for name, value in limits.items() if value == "0"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_is_done_beside_the_traffic_may_wait_for_it(revision: str) -> None:
    assert hurried(_statements(revision)) == []
    assert hurried(_statements_back(revision)) == []


def test_what_would_be_cut_off_is_found() -> None:
    index = "CREATE INDEX CONCURRENTLY x ON runs (id)"
    lift, lift_other = "SET lock_timeout = 0", "SET statement_timeout = 0"
    put_back, put_other_back = "SET lock_timeout = '3s'", "SET statement_timeout = '60s'"
    assert hurried((index,)) == [index]
    assert hurried((lift_other, index, put_other_back)) == [index], "as 0004 and 0006 once were"
    assert hurried((lift, lift_other, index)) == ["lock_timeout stays lifted", "statement_timeout stays lifted"]
    assert hurried((lift, lift_other, index, put_back, put_other_back)) == []


def crowds(statements: tuple[str, ...]) -> list[set[str]]:
    """The tables that one transaction alters together; a table that is made there is in nobody's way."""
    found, altered, is_open = [], set[str](), False
    new = {made[1] for statement in statements if (made := MAKES_TABLE.match(statement))} | {"alembic_version"}
    for statement in statements:
        if alters := ALTERS_TABLE.match(statement):
            altered |= {alters[1]} - new
        is_open = statement == "BEGIN" or (is_open and statement != "COMMIT")
        if not is_open:
            found.append(altered)
            altered = set()
    return [tables for tables in found if len(tables) > 1]


@pytest.mark.parametrize("revision", REVISIONS[1:])
def test_no_transaction_holds_a_table_that_is_in_use_while_it_waits_for_another(revision: str) -> None:
    assert crowds(_statements(revision)) == []


def test_a_transaction_that_alters_two_tables_is_found() -> None:
    first, second = "ALTER TABLE organizations ADD COLUMN x INTEGER", "ALTER TABLE transcripts ADD COLUMN x INTEGER"
    assert crowds(("BEGIN", first, second, "COMMIT")) == [{"organizations", "transcripts"}], "as 0009 once was"
    assert crowds(("BEGIN", first, "COMMIT", "BEGIN", second, "COMMIT")) == []
    assert crowds(("BEGIN", "COMMIT", first, second, "BEGIN", "COMMIT")) == []


def test_the_next_revision_is_told_how() -> None:
    template = (Path(SCRIPTS.dir) / "script.py.mako").read_text(encoding="utf-8")
    assert "from migrations.limits import beside_traffic" in template
    assert "indexes.build" in template
