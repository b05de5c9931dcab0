"""What a worker says at its start, and what it leaves in order when it ends."""

import os
import re
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from uuid import UUID

import pytest
import redis
from celery.signals import worker_shutdown, worker_shutting_down

from db.plant import claims, figures, progress, sweep, workers
from domain.chain import Stage
from scripts.stack import redis_server
from tasks import app, broker, identity, sweeper, worker
from tests.support import chain
from tests.support.factories import RunFactory
from tests.support.stored import row, rows

WORKER = "worker@test"


def _policy(url: str) -> str | None:
    with app.connection_for_write(url) as connection:
        return broker.eviction_policy(connection)


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lru"])
def test_what_a_full_broker_does_is_known_and_said_if_it_drops_messages(
    server: redis_server.Redis, policy: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _policy(server.url) == "noeviction", "the local stack's own"
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory-policy", policy)
    monkeypatch.setitem(app.conf, "broker_url", server.url)
    worker._say_if_the_broker_may_evict()
    assert ("broker_may_evict" in capsys.readouterr().out) is (policy != "noeviction")


def test_a_broker_that_does_not_say_is_not_suspected(server: redis_server.Redis) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.acl_setuser("app", enabled=True, nopass=True, keys="*", commands=["+@all", "-config"])
    assert _policy(server.url.replace("redis://:", "redis://app:")) is None
    assert _policy("memory://") is None


@pytest.fixture
def held() -> None:
    """A run that this worker works on."""
    claims.claim(RunFactory.create().id, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker=identity.of(WORKER))


def _is_held() -> bool:
    return bool(row("SELECT lease_until IS NOT NULL AS held FROM runs")["held"])


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(("how", "is_held"), [("Cold", False), ("Warm", True)])
def test_only_a_shutdown_that_ends_its_children_hands_back_what_they_held(how: str, is_held: bool) -> None:  # noqa: FBT001 - a case
    worker._leave_in_order(WORKER, how)
    assert _is_held() is is_held


@pytest.mark.parametrize(("how", "is_there"), [("Cold", False), ("Warm", True), ("control shutdown", True)])
def test_whoever_is_in_the_middle_of_a_pass_signs_off_before_the_process_ends(
    how: str,
    is_there: bool,  # noqa: FBT001 - a case
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a cold shutdown nothing more is heard; of a warm one that it is over, when its tasks have ended; of Celery's command only that."""
    begun, ending, order = threading.Event(), threading.Event(), list[str]()

    def slow_pass(*_: object) -> int:
        begun.set()
        ending.wait()
        time.sleep(1.0)
        order.append("pass over")
        return 0

    def hand_back(*_: object) -> list[UUID]:
        order.append("handed back")
        return []

    monkeypatch.setattr(sweeper, "sweep_once", slow_pass)
    monkeypatch.setattr(progress, "hand_back", hand_back)
    with sweep.opened() as store:
        workers.beat(store, identity.of(WORKER), ["speech"])
    thread = sweeper.Sweeper(identity.of(WORKER), ["speech"])
    monkeypatch.setattr(worker, "_threads", [thread])
    thread.start()
    assert begun.wait(5)
    ending.set()
    if how != "control shutdown":
        worker_shutting_down.send(sender=WORKER, sig="SIGTERM", how=how, exitcode=0)
    assert bool(rows("SELECT name FROM workers")) is is_there
    worker_shutdown.send(sender=None)
    assert not rows("SELECT name FROM workers")
    assert order == [*(["handed back"] if how == "Cold" else []), "pass over"], "no run waits for the pass"


@pytest.mark.usefixtures("held")
def test_a_worker_ends_though_the_database_is_away(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sweep, "engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE runs"):
        worker._hand_back_what_was_cancelled(WORKER)
    assert "runs_not_handed_back" in capsys.readouterr().out
    assert _is_held()


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Begins a worker process in this one, like one of its own; what it is called."""
    monkeypatch.setenv("HOOKLINE_WORKER_BOOT", "")
    monkeypatch.setattr(identity, "_process", identity._Process())

    def begin() -> str:
        os.environ["HOOKLINE_WORKER_BOOT"] = ""
        identity.begin()
        return identity.of(WORKER)

    return begin


def test_two_processes_of_one_name_are_told_apart_and_one_that_begins_anew_with_its_pid_is_the_same(begun: Callable[[], str]) -> None:
    first = begun()
    assert re.fullmatch(r"worker@test/[0-9a-f]{4}", first)
    identity.begin()
    assert identity.of(WORKER) == first, "as after exec"
    assert begun() != first


def test_whoever_ends_hands_nothing_back_that_a_living_namesake_works_on(begun: Callable[[], str]) -> None:
    claims.claim(RunFactory.create().id, Stage.TRANSCRIBE, lease_s=30, max_attempts=6, worker=begun())
    begun()
    worker._hand_back_what_was_cancelled(WORKER)
    assert _is_held()


def test_a_name_that_somebody_living_has_is_said(begun: Callable[[], str], capsys: pytest.CaptureFixture[str]) -> None:
    ready = SimpleNamespace(hostname=WORKER)
    with sweep.opened() as store:
        workers.beat(store, begun(), ["speech"])
    worker._say_if_the_name_is_taken(ready)
    assert "worker_name_taken" not in capsys.readouterr().out, "that is itself"
    begun()
    worker._say_if_the_name_is_taken(ready)
    assert "worker_name_taken" in capsys.readouterr().out
    rows("UPDATE workers SET seen_at = clock_timestamp() - interval '6 seconds' RETURNING name")
    worker._say_if_the_name_is_taken(ready)
    assert "worker_name_taken" not in capsys.readouterr().out


def test_predecessors_go_and_namesakes_stay(begun: Callable[[], str]) -> None:
    dead, living, other = begun(), begun(), "other@test/0000"
    with sweep.opened() as store:
        for name in (dead, living, other):
            workers.beat(store, name, ["speech"])
        rows("UPDATE workers SET seen_at = clock_timestamp() - interval '61 seconds' WHERE name = ANY(%s) RETURNING name", [dead, other])
        workers.beat(store, mine := begun(), ["speech"])
    assert {found["name"] for found in rows("SELECT name FROM workers")} == {living, mine, other}
    assert set(figures.read().workers) == {WORKER, "other@test"}
