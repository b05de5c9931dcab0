"""A worker that is alive, idle and useless begins anew and finishes the work; one that waits for a slow vendor is busy, and stays."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from benchmarks.harness.processes import Process
from benchmarks.harness.product import READY_WORKER
from db.plant import progress, sweep
from db.tables.organizations import OrganizationRow
from domain.chain import Purpose, Stage
from domain.lanes import Lane
from tasks import app, dispatch
from tests.support import chain, line, processes
from tests.support.processes import until
from tests.support.stored import row, rows

IDLE_S = 3.0
# the Procfile's `celery`, with a watch that does not wait for a minute
HASTY = f"""#!{sys.executable}
import tasks.watch
from celery.__main__ import main

tasks.watch.IDLE_S, tasks.watch.LOOK_EVERY_S = {IDLE_S}, 0.2
main()
"""


@contextmanager
def _hasty_worker(folder: Path, **environment: str) -> Iterator[Process]:
    hasty = folder / "bin" / "celery"
    hasty.parent.mkdir()
    hasty.write_text(HASTY, encoding="utf-8")
    hasty.chmod(0o755)
    path = os.pathsep.join([str(hasty.parent), os.environ["PATH"]])
    with processes.running("worker", folder, processes.ROOT, "", PATH=path, WORKER_CONCURRENCY="1", **environment) as process:
        process.ready(READY_WORKER)
        until(lambda: rows("SELECT name FROM workers"), "it has said so in Postgres")
        yield process
        process.kill_group()


def _go_deaf() -> None:
    until(_consumes_nothing, "the worker consumes nothing")
    assert app.control.ping(timeout=2), "and yet it answers"


def _consumes_nothing() -> bool:
    # told each time: a worker says that it is ready a moment before it hears
    for queue in dispatch.QUEUES:
        app.control.cancel_consumer(queue)
    return not _consumed()


def _consumed() -> list[object]:
    answers = app.control.inspect(timeout=1).active_queues()
    return [queue for queues in answers.values() for queue in queues] if answers else ["no answer"]


@pytest.mark.parametrize("how", ["its line to the broker is dead", "it consumes no queue"])
def test_a_worker_that_hears_nothing_begins_anew_and_finishes_the_work(organization: OrganizationRow, tmp_path: Path, how: str) -> None:
    with line.running(os.environ["REDIS_URL"]) as broker, _hasty_worker(tmp_path, REDIS_URL=broker.url) as worker:
        before = psutil.Process(worker.pid)
        children, open_files = before.children(), before.num_fds()
        broker.cut() if how.startswith("its line") else _go_deaf()
        chain.store_sms(organization.id)
        until(lambda: rows("SELECT id FROM runs WHERE state = 'done'"), "the run is done")

        assert worker.said("worker_restarts_itself")
        assert row("SELECT restarted_at FROM workers")["restarted_at"]
        assert psutil.Process(worker.pid).create_time() == before.create_time(), "it is the same process"
        assert not [child for child in children if child.is_running()]
        assert psutil.STATUS_ZOMBIE not in {child.status() for child in before.children()}
        assert before.num_fds() <= open_files + 5, "nothing of before is left open"
        assert row("SELECT count(*) AS n FROM run_steps WHERE attempts = 1")["n"] == len(Stage)


def test_a_worker_that_waits_for_a_slow_vendor_stays_and_its_heart_beats(organization: OrganizationRow, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        model = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        with _hasty_worker(tmp_path, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=model) as worker:
            for number in range(2):
                # rung for at once, as the front does it: what waits for the sweeper may wait longer than this hasty worker's patience
                dispatch.announce(chain.store_sms(organization.id, f"SM{number}", conversation=f"thread {number}"), "trace")
            until(
                lambda: rows("SELECT id FROM runs WHERE stage = 'classify_speakers' AND lease_until > clock_timestamp()"),
                "the model is asked",
            )
            until(_stranded, "only the lease speaks against a restart")
            seen_at = row("SELECT seen_at FROM workers")["seen_at"]
            until(lambda: row("SELECT seen_at FROM workers")["seen_at"] > seen_at, "its heart beats")
            assert not worker.said("worker_restarts_itself")


def _stranded() -> float | None:
    live = [(Purpose.LIVE, stage, Lane.NORMAL, None) for stage in Stage]
    with sweep.opened() as store:
        return progress.stranded_s(
            store, row("SELECT name FROM workers")["name"], live, delivers=[Lane.NORMAL], max_attempts=6, idle_s=IDLE_S, again_after_s=60
        )
