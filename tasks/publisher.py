"""A bounded thread that publishes, so that no request ever waits for the broker."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty, Full, Queue

import structlog

from tasks import broker, telling
from tasks.reasons import named

log = structlog.get_logger()

CAPACITY = 2_000
# Celery tells of as many events at once
TOGETHER = 24
# Each try at a broker that fails is a new connection with all that belongs to one, paid by the threads that answer vendors: after one, the
# others of the next moment are left to the sweeper.
SPARED_S = 0.25

# what publishes, and the ids by which its failure is found again
Ring = tuple[Callable[[], None], dict[str, str]]


class Publisher:
    """Made anew in each process on first use: a thread started before a fork does not exist after it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._pid = 0
        self._queue: Queue[Ring] = Queue(CAPACITY)

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
            self._queue = Queue(CAPACITY)
            threading.Thread(target=self._work, args=(self._queue,), name="publisher", daemon=True).start()
            self._pid = os.getpid()

    @staticmethod
    def _work(queue: Queue[Ring]) -> None:
        spared_until, failed = 0.0, ""
        while True:
            with telling.together():
                for publish, ids in _waiting(queue):
                    if time.monotonic() < spared_until:
                        log.warning("doorbell_not_rung", error=failed, tried=False, **ids)
                        continue
                    try:
                        publish()
                    except broker.errors() as error:
                        spared_until, failed = time.monotonic() + SPARED_S, named(error)
                        log.warning("doorbell_not_rung", error=failed, **ids)
                    except Exception as error:  # noqa: BLE001 - a bug of ours: the sweeper rings later, from elsewhere
                        log.warning("doorbell_not_rung", error=named(error), **ids)


def _waiting(queue: Queue[Ring]) -> Iterator[Ring]:
    """Wait for one, then take what stands behind it, but no more than is told together."""
    yield queue.get()
    for _ in range(TOGETHER - 1):
        try:
            yield queue.get_nowait()
        except Empty:
            return
