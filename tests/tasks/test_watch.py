"""The watch restarts a worker only if that can help: work is due for its queues, the broker answers, it holds nothing."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from celery.worker import state
from redis import Redis

import settings
from db.plant import sweep
from domain.batches import LIVE_WAITING
from domain.chain import Purpose, Stage
from domain.errors import StoreUnavailable
from tasks import app, sweeper, watch
from tests.architecture.source import ROOT
from tests.support import chain, messages
from tests.support.factories import EffectFactory, RunFactory, RunStepFactory
from tests.support.plant_factories import WorkerFactory
from tests.support.stored import row, rows

WORKER = "worker@test"
QUEUES = ["speech", "language", "records", "deliver"]


class Restarts:
    """Counts, where the real one would not come back."""

    def __init__(self) -> None:
        """None yet."""
        self.count = 0

    def __call__(self) -> None:
        """One more."""
        self.count += 1


@pytest.fixture(autouse=True)
def _worker() -> None:
    WorkerFactory.create(name=WORKER)


@pytest.fixture
def restarts(monkeypatch: pytest.MonkeyPatch) -> Restarts:
    """A worker that runs long enough, in the eyes of the watches that the test makes from now on; looks are not rationed."""
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0)
    return Restarts()


@pytest.fixture
def due() -> None:
    """A run that anybody could have claimed for two minutes."""
    RunFactory.create()
    _age("runs", "not_before", "stage_since")


def _age(table: str, *columns: str) -> None:
    moved = ", ".join(f"{column} = clock_timestamp() - interval '2 minutes'" for column in columns)
    rows(f"UPDATE {table} SET {moved} RETURNING id")  # noqa: S608 - the tests name the columns


def _looked(restarts: Restarts, queues: list[str] | None = None) -> int:
    watching = watch.Watch(WORKER, QUEUES if queues is None else queues, restarts)
    watching._next = 0  # as if a minute had passed since the start
    watching.look()
    return restarts.count


@pytest.mark.usefixtures("due")
def test_a_worker_that_claims_nothing_though_work_is_due_restarts_once(restarts: Restarts) -> None:
    assert _looked(restarts) == 1
    assert row("SELECT restarted_at FROM workers")["restarted_at"]
    assert _looked(restarts) == 1, "not again within five minutes"


def test_a_worker_without_due_work_does_not(restarts: Restarts) -> None:
    assert _looked(restarts) == 0


@pytest.mark.usefixtures("due")
def test_a_worker_that_has_just_started_does_not(restarts: Restarts) -> None:
    watch.Watch(WORKER, QUEUES, restarts).look()
    assert restarts.count == 0


@pytest.mark.usefixtures("due")
def test_work_for_other_queues_restarts_nobody(restarts: Restarts) -> None:
    assert _looked(restarts, ["batch"]) == 0
    assert _looked(restarts, ["language", "records", "deliver"]) == 0
    assert _looked(restarts, ["speech"]) == 1


@pytest.mark.usefixtures("due")
def test_a_caller_who_waits_restarts_whoever_works_for_callers(restarts: Restarts) -> None:
    rows("UPDATE runs SET lane = 'urgent' RETURNING id")
    assert _looked(restarts) == 0
    assert _looked(restarts, ["live"]) == 1


def test_reprocessing_restarts_whoever_consumes_batch(restarts: Restarts) -> None:
    RunFactory.create(purpose=Purpose.REPROCESS.value)
    _age("runs", "not_before", "stage_since")
    assert _looked(restarts) == 0
    assert _looked(restarts, ["batch"]) == 1


def test_a_batch_that_gives_way_to_live_work_restarts_nobody(restarts: Restarts) -> None:
    """A burst of calls kept a batch from being rung for, and its worker began anew every five minutes on the busy machine."""
    RunFactory.create(purpose=Purpose.REPROCESS.value)
    _age("runs", "not_before", "stage_since")
    watching = watch.Watch(WORKER, ["batch"], restarts)
    messages.fill("speech", LIVE_WAITING)
    watching._next = 0
    watching.look()
    with Redis.from_url(settings.current().broker_url) as client:
        client.delete("speech")
    watching.look()
    assert restarts.count == 0, "it has just begun to be rung for"
    watching._gave_way_at -= watch.IDLE_S
    watching.look()
    assert restarts.count == 1


def test_a_batch_that_gives_way_hides_nothing_else_that_waits(restarts: Restarts) -> None:
    RunFactory.create()
    _age("runs", "not_before", "stage_since")
    messages.fill("language", LIVE_WAITING)
    assert _looked(restarts, ["batch"]) == 0
    assert _looked(restarts, ["batch", "speech"]) == 1


def test_an_effect_restarts_whoever_delivers(restarts: Restarts) -> None:
    EffectFactory.create()
    _age("effects", "not_before")
    assert _looked(restarts, ["speech"]) == 0
    assert _looked(restarts, ["deliver_now"]) == 0
    assert _looked(restarts, ["deliver"]) == 1


def test_a_call_for_help_restarts_whoever_calls(restarts: Restarts) -> None:
    EffectFactory.create(kind="escalation")
    _age("effects", "not_before")
    assert _looked(restarts) == 0
    assert _looked(restarts, ["deliver_now"]) == 1


@pytest.mark.usefixtures("due")
def test_a_worker_with_one_long_task_does_not(restarts: Restarts) -> None:
    held = RunFactory.create(stage=Stage.CLASSIFY_SPEAKERS.value)
    RunStepFactory.create(run_id=held.id, stage=held.stage, worker=WORKER)
    rows("UPDATE runs SET lease_until = clock_timestamp() + interval '1 minute' WHERE id = %s RETURNING id", str(held.id))
    assert _looked(restarts) == 0
    rows("UPDATE run_steps SET worker = 'other@test' RETURNING run_id")
    assert _looked(restarts) == 1


@dataclass(eq=False)
class Accepted:
    """A message that a child has begun to work on, as the worker's parent process knows it."""

    time_start: float | None


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize(("began_ago_s", "restarted"), [(90, 0), (3_600, 1), (None, 1)])
def test_a_worker_that_reconciles_for_long_does_not_but_one_whose_task_should_have_ended_does(
    restarts: Restarts, began_ago_s: float | None, restarted: int
) -> None:
    accepted = Accepted(None if began_ago_s is None else time.time() - began_ago_s)
    state.active_requests.add(accepted)
    try:
        assert _looked(restarts) == restarted
    finally:
        state.active_requests.discard(accepted)


@pytest.mark.usefixtures("due")
@pytest.mark.parametrize("broker", ["refusing", "hanging"])
def test_while_the_broker_does_not_answer_nobody_restarts(
    restarts: Restarts, broker: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.conf, "broker_url", request.getfixturevalue(broker))
    assert _looked(restarts) == 0
    assert row("SELECT restarted_at FROM workers")["restarted_at"] is None


@pytest.mark.usefixtures("due")
def test_while_the_database_does_not_answer_nobody_restarts(restarts: Restarts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE runs"), pytest.raises(StoreUnavailable):
        _looked(restarts)
    assert restarts.count == 0


@pytest.mark.usefixtures("due")
def test_it_does_not_ask_at_every_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    restarts = Restarts()
    watching = watch.Watch(WORKER, QUEUES, restarts)
    watching.look()
    asked: list[None] = []
    monkeypatch.setattr(watch.Watch, "_stranded_s", lambda _: asked.append(None))
    watching._next = 0
    for _ in range(5):
        watching.look()
    assert len(asked) == 1


def test_the_sweeper_looks_though_its_pass_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    sweeping = sweeper.Sweeper(WORKER, QUEUES)
    looked: list[watch.Watch] = []

    def fails(*_: object) -> int:
        raise OSError

    def look(watching: watch.Watch) -> None:
        looked.append(watching)
        sweeping.stop()

    monkeypatch.setattr(sweeper, "sweep_once", fails)
    monkeypatch.setattr(watch.Watch, "look", look)
    sweeping.run()
    assert looked == [sweeping._watch]


def test_a_restart_keeps_the_pid_and_the_command_and_leaves_no_child(tmp_path: Path) -> None:
    script = tmp_path / "again.py"
    script.write_text(
        "import os, sys, time\n"
        "from billiard.context import ForkContext\n"
        "from tasks import watch\n"
        "if not os.environ.get('AGAIN'):\n"
        "    os.environ['AGAIN'] = '1'\n"
        "    child = ForkContext().Process(target=time.sleep, args=(60,))\n"
        "    child.start()\n"
        "    print(os.getpid(), sys.argv[1:], child.pid, flush=True)\n"
        "    watch.restart()\n"
        "while os.path.exists(f'/proc/self/task/{os.getpid()}/children') and open(f'/proc/self/task/{os.getpid()}/children').read():\n"
        "    watch.reap()\n"
        "print(os.getpid(), sys.argv[1:])\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script, "-x", "a b"], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    before, after = done.stdout.splitlines()
    pid, child = before.split()[0], int(before.split()[-1])
    assert (before.rpartition(" ")[0], after.split()[0]) == (after, pid), done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(child, signal.SIGCONT)
