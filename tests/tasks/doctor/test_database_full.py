"""A server that gives no further connection: whoever holds them is named as soon as one is let go of."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name
from sqlalchemy import make_url

from db.plant import checkup, holders
from db.plant.checkup import ConnectFault
from tasks.doctor import connections, database
from tests.support.database import connected

LIMIT = 4
# roles are the whole server's, which test processes share
ROLE = f"hookline_few_{os.environ.get('PYTEST_XDIST_WORKER', 'master')}"
HOLDER = "somebody's report"


@pytest.fixture
def few(configured: Callable[..., None]) -> Iterator[str]:
    """The database as a user who may have few connections; psycopg2's URL."""
    url = os.environ["DATABASE_URL"]
    with connected(url) as admin, admin.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'few' CONNECTION LIMIT {LIMIT}")
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}")
        theirs = make_url(url).set(username=ROLE, password="few")
        configured(DATABASE_URL=theirs.render_as_string(hide_password=False))
        yield theirs.set(drivername="postgresql").render_as_string(hide_password=False)
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (ROLE,))
        cursor.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


@pytest.fixture
def taken(few: str) -> Iterator[list[Connection]]:
    """All of them, by one who has begun something and forgotten it, and by others."""
    with ExitStack() as stack:
        held = [psycopg2.connect(few, application_name=HOLDER) for _ in range(LIMIT)]
        for each in held:
            stack.callback(each.close)
        with held[0].cursor() as cursor:
            cursor.execute("SELECT 1")
        yield held


def test_who_holds_them_is_told_as_soon_as_there_is_room(taken: list[Connection]) -> None:
    assert checkup.connect_fault() is ConnectFault.TOO_MANY
    threading.Timer(0.5, taken[-1].close).start()
    [finding] = database.look()
    assert finding.code == "database_full"
    assert {f"held by {HOLDER}, idle in transaction: 1", f"held by {HOLDER}, idle: {LIMIT - 2}"} <= set(finding.evidence)


@pytest.mark.usefixtures("taken")
def test_where_nobody_lets_go_that_is_said_and_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "ROOM_WITHIN_S", 0.5)
    began = time.monotonic()
    [finding] = database.look()
    assert finding.evidence == ("nobody can look who holds them: not even this command got one",)
    assert time.monotonic() - began < 5


def test_whoever_holds_them_is_told_before_all_are_taken(few: str) -> None:
    with psycopg2.connect(few, application_name=HOLDER):
        [finding] = connections.look(1, 1)
    assert finding.code == "connections_too_many"
    assert any(fact.startswith(f"held by {HOLDER}, ") for fact in finding.evidence)


def test_at_most_ten_kinds_are_told() -> None:
    plenty = os.environ["DATABASE_URL"]
    with ExitStack() as stack:
        for number in range(12):
            stack.callback(psycopg2.connect(plenty, application_name=f"kind {number}").close)
        assert len(holders.holders()) == 10
