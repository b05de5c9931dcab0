"""What something costs, to be set beside something else in the same run: a slow or busy machine slows both."""

import json
import time
from collections.abc import Callable

from tests.support.payloads import hour_of_speech


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes, in seconds of the clock on the wall."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


def work(call: Callable[[], object], rounds: int = 5) -> float:
    """The processor time of this thread for one call, in seconds, without what neighbours take: the least of several."""
    return min(_work_of_one(call) for _ in range(rounds))


def parsing_an_hour() -> float:
    """The processor time for parsing an hour of speech (3 MB) with the standard library: a yardstick where nothing else compares."""
    body = hour_of_speech()
    return work(lambda: json.loads(body))


def _work_of_one(call: Callable[[], object]) -> float:
    began = time.thread_time()
    call()
    return time.thread_time() - began
