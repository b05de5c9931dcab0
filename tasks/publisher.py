"""A bounded thread that publishes, so that no request ever waits for the broker."""

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, Full, Queue

import structlog

from tasks import broker
from tasks.prepared import one_visit
from tasks.reasons import named

log = structlog.get_logger()

CAPACITY = 2_000
# a message to the broker carries no more than this
TOGETHER = 24
# A thread that publishes takes turns at the interpreter with those that answer, which costs them more than what it sends: what comes right
# after a message goes with the next. The first after a pause goes at once.
PAUSE_S = 0.02
# Each try at a broker that fails is a new connection with all that belongs to one, paid by the threads that answer vendors: after one, the
# others of the next moment are left to the sweeper.
SPARED_S = 0.25
DRAIN_LOOKS_S = 0.002

# what publishes, and the ids by which its failure is found again
Ring = tuple[Callable[[], None], dict[str, str]]


class Publisher:
    """Made anew in each process on first use: a thread started before a fork does not exist after it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._pid = 0
        self._queue: Queue[Ring] = Queue(CAPACITY)
        self._ends = threading.Event()

    def hand_over(self, publish: Callable[[], None], **ids: str) -> None:
        """Queue one publish; drop it if the queue is full, for then the sweeper is the faster way. ``ids`` go into the log if it fails."""
        if self._pid != os.getpid():
            self._start()
        try:
            self._queue.put_nowait((publish, ids))
        except Full:
            log.warning("doorbell_dropped", reason="publisher_full", **ids)

    def _start(self) -> None:
        with self._lock:
            if self._pid == os.getpid():
                return
            self._queue, self._ends = Queue(CAPACITY), threading.Event()
            threading.Thread(target=self._work, args=(self._queue, self._ends), name="publisher", daemon=True).start()
            self._pid = os.getpid()

    def drain(self, within_s: float) -> None:
        """Publish what waits, without any more rests, for a process that ends; what is not published in time is rung by the sweeper."""
        if self._pid != os.getpid():
            return
        self._ends.set()
        gives_up_at = time.monotonic() + within_s
        while self._queue.unfinished_tasks and time.monotonic() < gives_up_at:
            time.sleep(DRAIN_LOOKS_S)

    @staticmethod
    def _work(queue: Queue[Ring], ends: threading.Event) -> None:
        spared_until, failed = 0.0, ""
        while True:
            rings = _waiting(queue)
            if time.monotonic() < spared_until:
                _not_rung(rings, failed, tried=False)
            else:
                failed = _visited(rings)
                spared_until = time.monotonic() + SPARED_S if failed else 0.0
            for _ in rings:
                queue.task_done()
            if queue.qsize() < TOGETHER:
                ends.wait(PAUSE_S)


def _visited(rings: Sequence[Ring]) -> str:
    """Publish them together; why that failed, or nothing."""
    try:
        with one_visit():
            _ring(rings)
    except broker.errors() as error:
        _not_rung(rings, named(error))
        return named(error)
    return ""


def _ring(rings: Iterable[Ring]) -> None:
    for publish, ids in rings:
        try:
            publish()
        except broker.errors():
            raise
        except Exception as error:  # noqa: BLE001 - a bug of ours: the sweeper rings later, from elsewhere
            _not_rung([(publish, ids)], named(error))


def _not_rung(rings: Iterable[Ring], error: str, *, tried: bool = True) -> None:
    # what rings for nothing, but tells the ops view, is missed by nobody
    for ids in (ids for _, ids in rings if ids):
        log.warning("doorbell_not_rung", error=error, tried=tried, **ids)


def _waiting(queue: Queue[Ring]) -> list[Ring]:
    """Wait for one, then take what stands behind it, but no more than goes together."""
    found = [queue.get()]
    with suppress(Empty):
        while len(found) < TOGETHER:
            found.append(queue.get_nowait())
    return found
