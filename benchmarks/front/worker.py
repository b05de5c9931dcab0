"""A worker of the product's, and work for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from benchmarks.front import bodies, steady
from benchmarks.front.bodies import Size, numbered
from benchmarks.front.houses import Hookline
from benchmarks.harness import database
from benchmarks.harness.processes import BEHIND, Process
from benchmarks.harness.product import READY_WORKER
from benchmarks.harness.rig import Rig
from scripts.stack import commands

# as quickly as the front takes it without losing any
FILLED_PER_S = 150.0
_LEFT = "SELECT count(*) AS n FROM runs WHERE state = 'ready'"


def fill(house: Hookline, size: Size, runs: int, per_s: float = FILLED_PER_S) -> None:
    """Let the front take so many. Raises RuntimeError if it refused any."""
    pace = steady.run(house.port, numbered(house.requests(size, runs)), per_s=per_s, seconds=runs / per_s)
    if pace.failed:
        raise RuntimeError(f"{pace.failed} of {runs} webhooks were not taken")


def started(rig: Rig, house: Hookline, environment: Mapping[str, str] | None = None, *, before: str = "") -> Process:
    """A worker as the Procfile starts it, ready. ``before`` goes before its command."""
    made = rig.process("worker", f"{before}{commands.procfile()['worker']}", house.environment | dict(environment or {}))
    # workers that came one after the other have one log
    said = made.said(READY_WORKER)
    made.start()
    made.ready(READY_WORKER, said + 1)
    return made


@contextmanager
def busy(rig: Rig, house: Hookline, runs: int) -> Iterator[Process]:
    """A worker that shares the machine, with so many calls before it. Raises RuntimeError if it ran out of them: then it was not busy."""
    fill(house, bodies.CALL, runs)
    worker = started(rig, house, before=BEHIND)
    try:
        yield worker
        if not worker.is_alive() or database.rows(house.database, _LEFT)[0]["n"] == 0:
            raise RuntimeError("the worker had nothing left to do before the measurement was over: give it more")
    finally:
        worker.kill_group()
