"""Requests that wait or stream: together they take at most a quarter of a process's threads, and vendors are answered by the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

import settings

# one place at least: a process of fewer than four threads would never let anybody wait
PLACES = max(1, settings.count_or_exit("WEB_THREADS", 4) // 4)

_free = BoundedSemaphore(PLACES)


@contextmanager
def slot() -> Iterator[bool]:
    """Take a place for as long as the block runs, if one is free: whether it was. Never waits.

    Whoever gets none answers at once: 202 where the work goes on without the caller, 503 with Retry-After where it cannot.
    """
    granted = _free.acquire(blocking=False)
    try:
        yield granted
    finally:
        if granted:
            _free.release()
