"""The database is harmed from outside; the doctor names it, and what it says mends it."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import redis
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name

from db.plant.sweep import SWEEP_LOCK, Place
from tests.support import database, processes
from tests.support.doctor_house import WITHIN_S, House


@contextmanager
def session(house: House) -> Iterator[Connection]:
    """Somebody else's, who may be ended."""
    with database.connected(house.environment["DATABASE_URL"]) as other:
        yield other


def follow(house: House, fix: str) -> None:
    """What stands in ``psql … -c "…"``, sent by a client: the program itself is not everywhere."""
    found = re.fullmatch(r'psql "\$DATABASE_URL" -c "(.*)"', fix)
    assert found, fix
    house.rows(found[1])


def test_a_database_that_nobody_serves(house: House) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://somebody:secret@127.0.0.1:{nobody.getsockname()[1]}/house"
        verdict = house.doctor(DATABASE_URL=url)
    assert verdict.code == 1
    assert verdict.of("database_unreachable")
    assert "secret" not in str(verdict)
    house.is_well()


def test_a_server_without_our_database(house: House) -> None:
    path = urlsplit(house.environment["DATABASE_URL"]).path
    house.finds("database_missing", DATABASE_URL=house.environment["DATABASE_URL"].replace(path, "/nowhere"))


def test_a_migration_that_is_missing(house: House) -> None:
    house.run("alembic downgrade -1")
    try:
        fix = house.finds("migrations_missing")["fix"]
        told = house.why("SM1")
        assert (told["code"], told["command"]) == ("migration_missing", fix)
    except AssertionError:
        house.run("alembic upgrade head")
        raise
    house.run(fix)
    house.is_done(house.sends())
    house.is_well()


def test_a_database_without_any_table(house: House) -> None:
    url = house.environment["DATABASE_URL"]
    name = urlsplit(url).path[1:]
    empty = database.create(url, f"{name}_empty")
    try:
        assert house.finds("migrations_missing", DATABASE_URL=empty)["fix"] == "alembic upgrade head"
    finally:
        database.drop(url, f"{name}_empty")


def test_a_session_that_holds_the_sweepers_place(house: House) -> None:
    with session(house) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", (SWEEP_LOCK, Place.RUNS))
        sid = _sent_unheard(house)
        finding = house.finds("sweeper_blocked")
        assert str(other.get_backend_pid()) in finding["sentence"]
        told = house.until_why(sid, "sweeper_stopped")
        assert told["command"] == finding["fix"]
        follow(house, told["command"])
        house.is_done(sid)
        house.is_well()


def _sent_unheard(house: House) -> str:
    """A message that comes in while the broker is full: its bell is not rung."""
    web = house.running["web"]
    with redis.Redis.from_url(house.redis.url, socket_timeout=30) as broker:
        broker.config_set("maxmemory", 1)
        try:
            before = web.said("doorbell_not_rung")
            sid = house.sends()
            processes.until(lambda: web.said("doorbell_not_rung") > before, "the front could not ring", WITHIN_S)
        finally:
            broker.config_set("maxmemory", 0)
    return sid


def test_a_transaction_that_others_wait_for(house: House) -> None:
    with session(house) as other, other.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE workers IN ACCESS EXCLUSIVE MODE")
        finding = house.finds("database_locked")
        assert str(other.get_backend_pid()) in finding["sentence"]
        follow(house, finding["fix"])
        house.is_well()


def test_connections_that_do_not_fit(house: House) -> None:
    """Two web processes: 2 x 8, those workers that run here 2 x 8 + 1 and 1 x 8 + 1, and a command: 43."""

    def counted() -> dict[str, Any] | None:
        # on a machine that stood still a worker may answer too late to be counted
        finding = house.finds("connections_too_many", "--limit", "30")
        return finding if "43" in finding["sentence"] else None

    size = processes.until(counted, "all workers are counted", WITHIN_S)["fix"].removeprefix("set DB_POOL_SIZE=").split()[0]
    found = house.doctor("--limit", "30", DB_POOL_SIZE=size)
    # how many are taken now is told of the whole server, and other tests have theirs there
    assert found.of("connections_too_many") is None, found.findings


def test_a_plan_on_which_no_pool_fits(house: House) -> None:
    assert "plan" in house.finds("connections_too_many", "--limit", "5")["fix"]
