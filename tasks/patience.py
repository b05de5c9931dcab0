"""Writes an outcome down in spite of a short outage: half a second without Postgres must not cost a whole lease."""

import time
from collections.abc import Callable
from typing import TypeVar

from domain.errors import StoreUnavailable

Outcome = TypeVar("Outcome")

PATIENCE_S = 5.0
PAUSE_S = 0.25


def patiently(settle: Callable[[], Outcome]) -> Outcome:
    """What ``settle`` returns, tried again for about 5 s. For writes that a lease fences: a repeat of one that was committed is LeaseLost.

    No try begins after that time, so that one that waits for a lock is not repeated. Raises what ``settle`` raises.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return settle()
        except StoreUnavailable:
            if time.monotonic() + PAUSE_S > deadline:
                raise
        time.sleep(PAUSE_S)
