"""Migrations give way: the house reads and writes while each revision is taken, and a statement that has to wait holds nobody up."""

import os
import threading
from contextlib import closing
from functools import partial

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name
from sqlalchemy.exc import OperationalError

from migrations import limits
from tests.support import chain, database
from tests.support.migrating import REVISIONS, asked, fill
from tests.support.processes import until

# as patient as a worker, and far more than a migration may hold anybody up
PATIENT = "-c lock_timeout=5s -c statement_timeout=5s"
WRITES = (
    "UPDATE conversations SET updated_at = clock_timestamp()",
    "UPDATE transcripts SET updated_at = clock_timestamp()",
    "UPDATE runs SET attempts = attempts WHERE state = 'ready'",
    "UPDATE effects SET attempts = attempts WHERE state = 'pending'",
    "UPDATE run_steps SET attempts = attempts",
    # its foreign keys lock conversations and organizations after its own table
    (
        "INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status)"
        " SELECT gen_random_uuid(), organization_id, id, 1000, 'sms', 'traffic', 'pending' FROM conversations LIMIT 1"
    ),
    "DELETE FROM transcripts WHERE source_ref = 'traffic'",
    "SELECT count(*) FROM webhook_events JOIN transcripts USING (organization_id) JOIN runs USING (organization_id)",
)


class Traffic:
    """Short transactions over every busy table, one after the other, on a thread of their own."""

    def __init__(self) -> None:
        """Not yet begun."""
        self.rounds = 0
        self._over = threading.Event()

    def flow(self) -> int:
        """Round after round until it is stopped; how many. Raises what the database refuses."""
        with closing(psycopg2.connect(os.environ["DATABASE_URL"], options=PATIENT)) as connection:
            connection.autocommit = True
            while not self._over.is_set():
                for statement in WRITES:
                    with connection.cursor() as cursor:
                        cursor.execute(statement)
                self.rounds += 1
        return self.rounds

    def stop(self) -> None:
        """After this round."""
        self._over.set()


def test_the_house_reads_and_writes_while_each_revision_is_taken(migrating: Connection) -> None:
    database.upgrade(REVISIONS[0])
    fill(migrating, REVISIONS[0])
    traffic = Traffic()
    [flowing] = chain.started([traffic.flow])
    try:
        for revision in REVISIONS[1:]:
            before = traffic.rounds
            until(partial(lambda seen: traffic.rounds > seen or flowing.done(), before), "traffic flows")
            database.upgrade(revision)
    finally:
        traffic.stop()
    assert flowing.result(20) >= len(REVISIONS) - 1


@pytest.mark.parametrize("table", ["runs", "analyses", "replies", "transcripts"])
def test_who_has_begun_an_insert_gets_what_it_refers_to_while_0009_waits_for_it(migrating: Connection, table: str) -> None:
    database.upgrade("0008")
    fill(migrating, "0008")
    # as far as an insert is when its foreign keys are checked
    with chain.holding(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE") as inserting:
        [upgrading] = chain.started([partial(database.upgrade, "0009")])
        chain.until_blocked()
        inserting.execute("SET LOCAL lock_timeout = '1s'")
        for referred in {"organizations", "conversations", "transcripts", "runs"} - {table}:
            inserting.execute(f"SELECT FROM {referred} FOR KEY SHARE")
        assert not upgrading.done(), "it still waits"
    upgrading.result(20)


def test_0009_goes_on_where_it_was_cut_off(migrating: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    database.upgrade("0008")
    monkeypatch.setattr(limits, "LOCK_TIMEOUT", "100ms")
    with chain.holding("LOCK TABLE transcripts IN ROW EXCLUSIVE MODE"), pytest.raises(OperationalError, match="lock timeout"):
        database.upgrade("0009")
    assert asked(migrating, "SELECT version_num FROM alembic_version") == [("0008",)]
    database.upgrade("0009")
    assert asked(migrating, "SELECT version_num FROM alembic_version") == [("0009",)]


@pytest.mark.parametrize("revision", ["0004", "0006"])
def test_who_builds_an_index_waits_for_somebody_else_and_lets_all_others_write(migrating: Connection, revision: str) -> None:
    database.upgrade(REVISIONS[REVISIONS.index(revision) - 1])
    fill(migrating, revision)
    busy = "UPDATE runs SET attempts = attempts WHERE state = 'dead'; UPDATE effects SET attempts = attempts WHERE state = 'failed'"
    with chain.holding(busy):
        [upgrading] = chain.started([partial(database.upgrade, revision)])
        chain.until_blocked()
        with migrating.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
            cursor.execute("UPDATE runs SET attempts = attempts WHERE state = 'ready'")
            cursor.execute("UPDATE effects SET attempts = attempts WHERE state = 'pending'")
            assert cursor.rowcount > 0
        assert not upgrading.done(), "it still waits"
    upgrading.result(20)
    assert asked(migrating, "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid") == []


@pytest.mark.parametrize("revision", ["0004", "0006"])
def test_who_builds_an_index_waits_as_long_as_it_takes_for_a_reader_of_one_snapshot(
    migrating: Connection, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    database.upgrade(REVISIONS[REVISIONS.index(revision) - 1])
    fill(migrating, revision)
    monkeypatch.setattr(limits, "LOCK_TIMEOUT", "100ms")
    # as a pg_dump reads, and each check of the promises
    with chain.holding("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM organizations"):
        [upgrading] = chain.started([partial(database.upgrade, revision)])
        chain.until_blocked()
        with pytest.raises(TimeoutError):
            upgrading.result(0.5)
    upgrading.result(20)
    assert asked(migrating, "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid") == []
