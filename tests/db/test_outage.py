"""What the driver says becomes a code; a bug stays a bug; no word of anybody gets out."""

import socket

import pytest
from sqlalchemy import Engine, QueuePool, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

import settings
from db.engine import WORK, engine
from db.outage import reason, reported
from domain.errors import StoreUnavailable
from tests.support.database import connected
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
