"""A bounded thread that publishes, so that no request ever waits for the broker."""

import os
import threading
from collections.abc import Callable, Iterator
from queue import Empty, Full, Queue

import structlog

from tasks import telling
from tasks.reasons import named

log = structlog.get_logger()

CAPACITY = 2_000
# Celery tells of as many events at once
TOGETHER = 24

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
        while True:
            with telling.together():
                for publish, ids in _waiting(queue):
                    try:
                        publish()
                    except Exception as error:  # noqa: BLE001 - whatever the broker's client raises, the sweeper rings later
                        log.warning("doorbell_not_rung", error=named(error), **ids)


def _waiting(queue: Queue[Ring]) -> Iterator[Ring]:
    """Wait for one, then take what stands behind it, but no more than is told together."""
    yield queue.get()
    for _ in range(TOGETHER - 1):
        try:
            yield queue.get_nowait()
        except Empty:
            return
