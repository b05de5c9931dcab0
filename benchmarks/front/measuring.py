"""The measurements: every number is taken in turns with those that it is compared with, so that the machine's moods meet all alike."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from benchmarks.front import bells, closed, steady
from benchmarks.front.bells import Bells
from benchmarks.front.bodies import Size, numbered
from benchmarks.front.closed import Pace
from benchmarks.front.houses import Front
from benchmarks.harness.processes import Process
from benchmarks.harness.rig import Rig

SETTLE_S = 0.5
WARM_UP_S = 1.0
# more than wrk can send in the time: each form is signed, so they have to be written before
FORMS_PER_S = 4_000


@dataclass(frozen=True, slots=True)
class Length:
    """How long each run lasts, and how often all are repeated."""

    seconds: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Taken:
    """One run: what the sender saw, and what it cost the front's processes, in ms of CPU a request. ``bells`` only if they were counted."""

    pace: Pace
    cpu_ms: float
    bells: Bells | None = None


def throughput(rig: Rig, fronts: Sequence[Front], size: Size, length: Length) -> dict[str, list[Taken]]:
    """The most that each front takes of one size, a run a round; the first of a round is another one each time."""
    taken: dict[str, list[Taken]] = {front.name: [] for front in fronts}
    for number in range(length.rounds):
        for front in (*fronts[number % len(fronts) :], *fronts[: number % len(fronts)]):
            _closed(rig, front, size, WARM_UP_S)
            taken[front.name].append(_closed(rig, front, size, length.seconds))
    return taken


def steadily(front: Front, size: Size, per_s: float, seconds: float) -> Taken:
    """One run at a fixed rate."""
    count = round(per_s * seconds)
    requests = front.requests(size, count)
    time.sleep(SETTLE_S)
    with _cpu_of(front.process) as spent:
        pace = steady.run(front.port, numbered(requests), per_s=per_s, seconds=seconds)
    return Taken(pace, spent() * 1_000 / max(1, pace.requests))


def _closed(rig: Rig, front: Front, size: Size, seconds: float) -> Taken:
    front.empty(rig)
    requests = front.requests(size, round(FORMS_PER_S * seconds))
    time.sleep(SETTLE_S)
    url = f"http://127.0.0.1:{front.port}"
    dropped_before = bells.dropped_by(front)
    with _cpu_of(front.process) as spent:
        pace = closed.run(url, requests, rig.places.temporary, connections=size.connections, seconds=seconds)
        # what is published later is a part of the price
        rung = bells.counted(rig, front, pace, dropped_before)
    return Taken(pace, spent() * 1_000 / max(1, pace.requests), rung)


@contextmanager
def _cpu_of(process: Process) -> Iterator[Callable[[], float]]:
    before = _spent(process.pid)
    yield lambda: _spent(process.pid) - before


def _spent(pid: int) -> float:
    parent = psutil.Process(pid)
    times = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


@contextmanager
def redis_refused(rig: Rig) -> Iterator[None]:
    """Nobody listens where Redis was."""
    rig.servers.redis.stop()
    try:
        yield
    finally:
        rig.servers.restart_redis()


@contextmanager
def redis_hung(rig: Rig) -> Iterator[None]:
    """Redis takes connections and says nothing."""
    rig.servers.hang_redis()
    try:
        yield
    finally:
        rig.servers.wake_redis()


@contextmanager
def redis_wiped(rig: Rig) -> Iterator[None]:
    """Redis has just come back, and is empty."""
    rig.servers.flush_redis()
    yield
