"""What the driver says becomes a code; a bug stays a bug; no word of anybody gets out."""

import socket

import pytest
from sqlalchemy import Engine, QueuePool, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

import settings
from db.engine import WORK, engine
from db.outage import again_if_cut, reason, reported
from domain.errors import StoreUnavailable
from tests.support.database import BECOMES_READ_ONLY, connected, read_only
from tests.support.factories import OrganizationFactory

CANARY = "canary with a toothache"


def _run(statement: str, on: Engine, **parameters: object) -> None:
    with reported(), on.begin() as connection:
        connection.execute(text(statement), parameters)


def test_a_refused_connection_is_an_outage() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    with pytest.raises(StoreUnavailable, match=r"^database:OperationalError$"):
        _run("SELECT 1", create_engine(f"postgresql+psycopg2://u:p@127.0.0.1:{port}/d", connect_args={"connect_timeout": 1}))


def test_a_connection_that_was_cut_is_an_outage() -> None:
    with engine(WORK).connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        with connected(settings.current().database_url) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", (pid,))
        with pytest.raises(StoreUnavailable), reported():
            connection.execute(text("SELECT 1"))


def test_a_pool_without_a_free_connection_is_an_outage() -> None:
    tight = create_engine(settings.current().database_url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.1)
    with tight.connect(), pytest.raises(StoreUnavailable, match=r"^database:TimeoutError$"):
        _run("SELECT 1", tight)
    tight.dispose()


def test_a_statement_that_takes_too_long_is_an_outage() -> None:
    with pytest.raises(StoreUnavailable, match=r"^database:QueryCanceled:57014$"):
        _run("SET LOCAL statement_timeout = 50; SELECT pg_sleep(2)", engine(WORK))


def test_a_deadlock_is_an_outage() -> None:
    with pytest.raises(StoreUnavailable, match=r"^database:DeadlockDetected:40P01$"):
        _run("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$", engine(WORK))


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ("53100", "DiskFull"),
        ("53300", "TooManyConnections"),
        ("XX000", "InternalError_"),
        ("XX001", "DataCorrupted"),
        ("42P01", "UndefinedTable"),
        ("42703", "UndefinedColumn"),
    ],
)
def test_what_the_server_cannot_do_is_an_outage(state: str, name: str) -> None:
    with pytest.raises(StoreUnavailable, match=f"^database:{name}:{state}$"):
        _run(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$", engine(WORK))


@pytest.mark.parametrize(("state", "is_locked"), [("42P01", True), ("42703", True), ("53100", False), ("XX000", False)])
def test_a_missing_table_keeps_nobody_out_who_does_not_need_it(state: str, *, is_locked: bool) -> None:
    """The front's gate takes it as it takes a lock: for this conversation alone, unless nobody gets through."""
    with pytest.raises(StoreUnavailable) as refused:
        _run(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$", engine(WORK))
    assert refused.value.locked is is_locked


def test_a_server_that_takes_no_writes_is_an_outage() -> None:
    with read_only(), pytest.raises(StoreUnavailable, match=r"^database:ReadOnlySqlTransaction:25006$"):
        again_if_cut(lambda: _run("DELETE FROM workers", engine(WORK)))
    _run("DELETE FROM workers", engine(WORK))


def test_what_met_a_primary_that_became_a_replica_is_done_on_a_new_connection() -> None:
    engine(WORK).dispose()
    with engine(WORK).begin() as demoted:
        pid = demoted.scalar(text(BECOMES_READ_ONLY))
    seen: list[object] = []

    def write() -> None:
        with engine(WORK).begin() as connection:
            seen.append(connection.scalar(text("SELECT pg_backend_pid()")))
            connection.execute(text("DELETE FROM workers"))

    again_if_cut(write)
    assert seen[0] == pid
    assert seen[1] != pid


def test_a_broken_rule_is_a_bug_and_not_an_outage() -> None:
    organization = OrganizationFactory.create()
    with pytest.raises(IntegrityError):
        _run("INSERT INTO organizations (id, slug, name) VALUES (gen_random_uuid(), :slug, 'x')", engine(WORK), slug=organization.slug)


def test_an_outage_says_nothing_of_parameters_and_statement() -> None:
    with pytest.raises(StoreUnavailable) as raised:
        _run("SET LOCAL statement_timeout = 50; SELECT pg_sleep(2), :words", engine(WORK), words=CANARY)
    assert "canary" not in f"{raised.value!r}"
    assert raised.value.__suppress_context__


def test_a_bug_has_a_code_without_words() -> None:
    with pytest.raises(DBAPIError) as raised:
        _run("SELECT CAST(:words AS int)", engine(WORK), words=CANARY)
    assert reason(raised.value) == "database:InvalidTextRepresentation:22P02"
