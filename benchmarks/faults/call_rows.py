"""What is done to the house while people are on the line: they talk for two turns, or are in danger, and the fault falls into a turn."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from benchmarks.faults.faults import POOL, Course, Fault, nothing
from benchmarks.harness.processes import StubbornError
from benchmarks.harness.product import READY_WORKER

POLL_S = 0.02
# somebody says something within this time, or nobody ever does
SOON_S = 120.0
TIMES = 2
# a turn that somebody works on, or that waits to be worked on
A_TURN = "SELECT id FROM runs WHERE lane = 'urgent' AND state = 'ready'"
# somebody has said something, and the call comes back for our reply
SAID = "SELECT id FROM transcripts WHERE source = 'live_turn'"


@dataclass(frozen=True, slots=True)
class CallRow:
    """One fault."""

    name: str
    title: str
    fault: Fault = nothing


def kill_worker_in_a_turn(course: Course) -> None:
    """The worker dies with all its children while a caller waits for it, and is started again; twice."""
    for number in range(TIMES):
        course.lab.worker.ready(READY_WORKER, times=number + 1)
        _until(course, A_TURN)
        course.interrupted += POOL
        course.strike(_restart(course))


def refuse_redis(course: Course) -> None:
    """Nobody reaches Redis for most of the time; then it is back, empty."""
    servers = course.lab.servers

    def refuse() -> None:
        servers.redis.process.kill()
        servers.redis.process.wait()

    course.for_a_while(0.1, 0.9, refuse, servers.wipe_redis)


def kill_web_between_turns(course: Course) -> None:
    """A process of the front dies while calls go on from a turn to the next; twice. The other one is there, and a new one comes."""
    seen = 0
    for _ in range(TIMES):
        seen = _until(course, SAID, more_than=seen)
        course.strike(lambda: _kill_one(course.lab.web.children()))


def _restart(course: Course) -> Callable[[], None]:
    def restarted() -> None:
        course.lab.worker.kill_group()
        course.lab.worker.start()

    return restarted


def _kill_one(children: list[int]) -> None:
    for child in children[:1]:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _until(course: Course, query: str, more_than: int = 0) -> int:
    """How many there are, as soon as there are more. Raises StubbornError if there never are."""
    ends = time.monotonic() + SOON_S
    while (found := len(course.lab.rows(query))) <= more_than:
        if time.monotonic() > ends:
            raise StubbornError(f"not more than {more_than} within {SOON_S:.0f} s: {query}")
        time.sleep(POLL_S)
    return found


CALL_ROWS = (
    CallRow("live", "no fault; live calls"),
    CallRow("live-worker", "whole worker killed in a live turn x 2", kill_worker_in_a_turn),
    CallRow("live-redis", "Redis refused during live calls", refuse_redis),
    CallRow("live-web", "a web process killed between turns x 2", kill_web_between_turns),
)
CALLS_BY_NAME = {row.name: row for row in CALL_ROWS}
