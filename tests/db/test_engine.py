"""An engine belongs to one process; the front's never waits long, whether the server is busy, hung or gone."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

import settings
from db import driver, readiness
from db.deadline import NoAnswer
from db.engine import FRONT, SWEEP, WORK, Profile, engine, use
from db.one_trip import Statement, transaction
from db.outage import again_if_cut, reported
from domain.errors import StoreUnavailable
from tests.support import chain

PATIENCE_S = WORK.deadline_ms / 1_000  # a worker's, beside which the front's second is short


@pytest.fixture
def _front() -> Iterator[None]:
    engine(FRONT).dispose()  # whoever came before may have left several connections
    use(FRONT)
    yield
    engine(FRONT).dispose()
    use(WORK)


def backend() -> int:
    with engine().connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


def test_a_pool_is_kept_between_calls_and_never_carried_across_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = engine(WORK)
    assert engine(WORK) is ours
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert engine(WORK) is not ours


@pytest.mark.usefixtures("_front")
def test_the_server_ends_the_fronts_statements_after_700_ms() -> None:
    with chain.within(0.6, 2.5), pytest.raises(StoreUnavailable, match=r"^database:QueryCanceled:57014$"), reported():
        _sleep(5)


@pytest.mark.usefixtures("_front")
def test_a_lock_that_holds_up_the_front_is_called_one() -> None:
    with chain.holding("LOCK TABLE workers"), pytest.raises(StoreUnavailable, match=r"^database:LockNotAvailable:55P03$") as raised:
        again_if_cut(lambda: _count("workers"))
    assert raised.value.locked


@pytest.mark.usefixtures("_front")
def test_a_hung_server_is_given_up_after_a_second_and_its_connection_is_never_used_again() -> None:
    hung = backend()
    os.kill(hung, signal.SIGSTOP)
    try:
        # not tried again: whoever hung once will hang again, and a vendor is waiting
        with chain.within(0.9, PATIENCE_S / 2), pytest.raises(StoreUnavailable, match=r"^database:NoAnswer$"):
            again_if_cut(lambda: _sleep(0))
        assert backend() != hung
    finally:
        os.kill(hung, signal.SIGCONT)


@pytest.mark.usefixtures("_front")
def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/none")
        settings.current.cache_clear()
        try:
            with chain.within(0.9, PATIENCE_S / 2), pytest.raises(OperationalError) as raised:
                backend()
        finally:
            monkeypatch.undo()
            settings.current.cache_clear()
    assert isinstance(raised.value.orig, NoAnswer)


def test_a_worker_waits_for_a_server_that_hangs_for_a_while() -> None:
    with engine().connect() as connection:
        hung = connection.scalar(text("SELECT pg_backend_pid()"))
        os.kill(hung, signal.SIGSTOP)
        threading.Timer(1.5, os.kill, (hung, signal.SIGCONT)).start()
        with chain.within(1.3, PATIENCE_S):
            assert connection.scalar(text("SELECT 1")) == 1


def _sleep(seconds: float) -> None:
    with engine().connect() as connection:
        connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})


def _count(table: str) -> None:
    with engine().connect() as connection:
        connection.execute(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - the tests name the tables


@pytest.fixture
def told_of_the_database() -> Iterator[Callable[[str], None]]:
    """Give all sessions to come a setting, as an operator does; it is taken back in the end."""
    names: list[str] = []

    def tell(setting: str) -> None:
        names.append(setting.partition(" ")[0])
        _alter(f"SET {setting}")

    yield tell
    for name in names:
        _alter(f"RESET {name}")


def _alter(what: str) -> None:
    with engine(WORK).connect() as connection:
        connection.execute(text("SET TRANSACTION READ WRITE"))
        connection.execute(text(f'ALTER DATABASE "{connection.engine.url.database}" {what}'))
        connection.commit()
    engine(WORK).dispose()


def test_who_waited_for_a_lock_sees_what_was_done_whatever_the_database_is_told(
    told_of_the_database: Callable[[str], None],
) -> None:
    told_of_the_database("default_transaction_isolation = 'serializable'")
    for profile in (FRONT, WORK, SWEEP):
        engine(profile).dispose()
        with engine(profile).connect() as connection:
            assert connection.scalar(text("SHOW transaction_isolation")) == "read committed"


def test_a_database_that_takes_no_writes_is_not_ready(told_of_the_database: Callable[[str], None]) -> None:
    assert readiness.missing() is None
    told_of_the_database("default_transaction_read_only = on")
    assert readiness.missing() == "read_only"


@pytest.mark.parametrize("profile", [FRONT, WORK, SWEEP], ids=lambda profile: profile.name)
def test_the_server_waits_so_long_for_the_next_word_of_a_transaction(profile: Profile) -> None:
    with engine(profile).connect() as connection:
        limit_ms = connection.scalar(text("SELECT setting FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout'"))
    assert 0 < int(limit_ms or 0) == profile.idle_ms <= PATIENCE_S * 1_000


def test_whoever_falls_silent_in_a_transaction_keeps_nobody_waiting_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = engine(Profile("silent", connect_s=3, lock_ms=5_000, statement_ms=5_000, idle_ms=200))
    monkeypatch.setattr(driver, "engine", lambda: silent)

    def fall_silent() -> None:
        with transaction() as begun:
            begun.send(Statement("SELECT pg_advisory_xact_lock(1, 1)", {}))
            with chain.within(0, 4), engine(WORK).begin() as other:
                other.execute(text("SELECT pg_advisory_xact_lock(1, 1)"))
            begun.send(Statement("SELECT 1", {}))

    with pytest.raises(StoreUnavailable) as raised:
        fall_silent()
    assert not raised.value.locked
    assert silent.pool.checkedout() == 0  # type: ignore[attr-defined]  # a pool that counts
