"""A worker of the product's that has something to do all the time: whoever is measured shares the machine with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.faults.processes import BEHIND, Process
from benchmarks.front import bodies, steady
from benchmarks.front.houses import Hookline
from benchmarks.front.measuring import numbered
from benchmarks.rig import Rig
from scripts.stack import commands

READY = " ready"
# as quickly as the front takes it without losing any
FILLED_PER_S = 150.0
_LEFT = "SELECT count(*) AS n FROM runs WHERE state = 'ready'"


@contextmanager
def busy(rig: Rig, house: Hookline, runs: int) -> Iterator[Process]:
    """A worker with so many calls before it. Raises RuntimeError if it ran out of them: then it was not busy all the time."""
    requests = house.requests(bodies.CALL, runs)
    steady.run(house.port, numbered(requests), per_s=FILLED_PER_S, seconds=runs / FILLED_PER_S)
    worker = rig.process("worker", f"{BEHIND}{commands.procfile()['worker']}", house.environment)
    worker.start()
    try:
        worker.ready(READY)
        yield worker
        if not worker.is_alive() or rig.rows(house.database, _LEFT)[0]["n"] == 0:
            raise RuntimeError("the worker had nothing left to do before the measurement was over: give it more")
    finally:
        worker.kill_group()
