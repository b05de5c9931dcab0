"""How many runs a second two pool processes finish, who waits how long for what, and what the processes weigh.

A pool process of Celery's has one run at hand; procrastinate's two have eight jobs each, a setting that suits it. Both durable queues are
timed by the database's own clock, from the first claim to the last commit.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from benchmarks.front import worker as workers
from benchmarks.front.bodies import Size
from benchmarks.front.houses import Hookline
from benchmarks.harness import database
from benchmarks.harness.processes import Process
from benchmarks.harness.rig import Rig
from domain.chain import STAGES
from scripts.stack import commands, ports
from scripts.stack.places import ROOT

POOL = 2
FILLED_PER_S = 200.0
POLL_S, LOOK_S = 0.05, 0.5
LIMIT_S = 600.0
MIB = 2**20
JOBS_AT_ONCE = 8
_DONE_STEPS = "CREATE TABLE steps (run text, step text, PRIMARY KEY (run, step))"
# procrastinate itself notes when a job was claimed, and when its end was written down
_JOBS_DONE = "SELECT count(*) AS n FROM procrastinate_events WHERE type = 'succeeded'"
_JOBS_TOOK = """
SELECT EXTRACT(EPOCH FROM max(at) FILTER (WHERE type = 'succeeded') - min(at) FILTER (WHERE type = 'started')) AS s
FROM procrastinate_events
"""
# as PostgreSQL does by itself within a minute of any such load: both queues are measured in a database that knows what it holds
_KNOWN = "ANALYZE"
# a message to somebody is part of its run
_OPEN = """
SELECT (SELECT count(*) FROM runs WHERE state <> 'done') + (SELECT count(*) FROM effects WHERE state IN ('pending', 'sending')) AS n,
    count(*) AS runs FROM runs
"""
_TOOK = """
SELECT count(*) / EXTRACT(EPOCH FROM GREATEST(max(finished_at), (SELECT max(finished_at) FROM effects))
    - (SELECT min(started_at) FROM run_steps)) AS per_s FROM runs
"""
_STEPS = """
SELECT stage, 1000 * percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM started_at - queued_at)) AS waited_ms,
    1000 * percentile_cont(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM finished_at - started_at)) AS worked_ms
FROM run_steps GROUP BY stage ORDER BY min(started_at)
"""
_WHOLE = """
SELECT percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY 1000 * EXTRACT(EPOCH FROM r.finished_at - e.received_at)) AS ms
FROM runs AS r JOIN webhook_events AS e ON e.transcript_id = r.transcript_id
WHERE r.state = 'done' AND e.kind <> 'message_status'
"""


@dataclass(frozen=True, slots=True)
class Idle:
    """How long a run takes when nobody else is there: in ms from the webhook's receipt; and per step, waited and worked."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    steps: dict[str, tuple[float, float]]


def hookline(rig: Rig, house: Hookline, size: Size, runs: int) -> float:
    """Runs a second, from the first claim to the last commit; a run whose SMS has not been sent is not over."""
    house.empty(rig)
    rig.servers.flush_redis()
    workers.fill(house, size, runs, FILLED_PER_S)
    database.rows(house.database, _KNOWN)
    worker = start_worker(rig, house)
    settle(house, worker)
    worker.kill_group()
    return float(database.rows(house.database, _TOOK)[0]["per_s"])


def empty(rig: Rig, runs: int) -> float:
    """Chains a second of tasks that do nothing, from the first to the last acknowledged message."""
    rig.servers.flush_redis()
    broker, environment = rig.servers.broker(), rig.environment(rig.servers.postgres.url, ports.free())
    program = f"from benchmarks.chain import empty\nfor run in range({runs}): empty.publish(str(run))"
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    waiting = broker.llen("celery")
    command = f"celery -A benchmarks.chain.empty worker -n empty@%h --concurrency={POOL} --without-gossip --without-mingle -l WARNING"
    worker = rig.process("empty", command, environment)
    worker.start()
    # chains that have gone on are back in the queue: only what was acknowledged or is in hand tells that it has begun
    _until(lambda: broker.llen("celery") != waiting or broker.hlen("unacked") > 0, worker, every_s=POLL_S)
    began = time.monotonic()
    _until(lambda: broker.llen("celery") == 0 and broker.hlen("unacked") == 0, worker, every_s=POLL_S)
    took = time.monotonic() - began
    worker.kill_group()
    return runs / took


def procrastinate(rig: Rig, runs: int) -> float:
    """Runs a second of a durable queue in Postgres, from its first claim to its last commit."""
    url = rig.servers.new_database(f"procrastinate{ports.free()}")
    environment = rig.environment(url, ports.free(), PYTHONPATH=str(ROOT), PROCRASTINATE_APP="benchmarks.chain.durable.app")
    database.rows(url, _DONE_STEPS)
    commands.run("procrastinate schema --apply", environment, rig.places.logs / "procrastinate.log")
    program = f"import asyncio\nfrom benchmarks.chain import durable\nasyncio.run(durable.publish({runs}))"
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    database.rows(url, _KNOWN)
    pool = [
        rig.process(f"procrastinate{number}", f"procrastinate --log-level=warning worker --concurrency={JOBS_AT_ONCE}", environment)
        for number in range(POOL)
    ]
    for worker in pool:
        worker.start()
    _until(lambda: database.rows(url, _JOBS_DONE)[0]["n"] == runs * len(STAGES), *pool)
    for worker in pool:
        worker.kill_group()
    return runs / float(database.rows(url, _JOBS_TOOK)[0]["s"])


def idle(rig: Rig, house: Hookline, size: Size, runs: int, per_s: float) -> Idle:
    """How long each run takes if they come one after the other."""
    house.empty(rig)
    rig.servers.flush_redis()
    worker = start_worker(rig, house)
    workers.fill(house, size, runs, per_s)
    settle(house, worker)
    worker.kill_group()
    p50, p95, p99 = database.rows(house.database, _WHOLE)[0]["ms"]
    steps = {row["stage"]: (float(row["waited_ms"]), float(row["worked_ms"])) for row in database.rows(house.database, _STEPS)}
    return Idle(float(p50), float(p95), float(p99), steps)


def start_worker(rig: Rig, house: Hookline) -> Process:
    """A worker with as many pool processes as the others have, ready."""
    return workers.started(rig, house, {"WORKER_CONCURRENCY": str(POOL)})


def weight_mib(process: Process) -> list[float]:
    """What each of its children holds, RSS in MiB, the heaviest first."""
    children = psutil.Process(process.pid).children()
    return sorted((child.memory_info().rss / MIB for child in children), reverse=True)


def settle(house: Hookline, worker: Process) -> None:
    """Return when every run is done and every message sent. Raises RuntimeError if that takes too long, or if the worker ends."""
    _until(lambda: _all_done(house), worker)


def _all_done(house: Hookline) -> bool:
    [told] = database.rows(house.database, _OPEN)
    return bool(told["runs"] > 0 == told["n"])


def _until(what: Callable[[], bool], *busy: Process, every_s: float = LOOK_S) -> None:
    ends = time.monotonic() + LIMIT_S
    while not what():
        gone = [worker.log for worker in busy if not worker.is_alive()]
        if gone:
            raise RuntimeError(f"a worker has ended: {gone[0].read_text()[-2_000:]}")
        if time.monotonic() > ends:
            raise RuntimeError(f"not done within {LIMIT_S:.0f} s")
        time.sleep(every_s)
