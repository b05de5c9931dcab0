"""The one way in which the chain calls a port: with a limit that holds even if the vendor's client hangs."""

import contextvars
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import settings
from domain.errors import NoAnswerError

Answer = TypeVar("Answer")

_limit_s: contextvars.ContextVar[float] = contextvars.ContextVar("limit_s", default=math.inf)


def limit_s() -> float:
    """After how many seconds whoever asks here and now gives up; a client that may be given less than usual ends before."""
    return _limit_s.get()


def bounded(call: Callable[[], Answer], within_s: float = math.inf) -> Answer:
    """What the call answers or raises. Raises NoAnswerError("timeout") after WORKER_TIMEOUT_SECONDS, or ``within_s`` if that is less.

    A call that ran out of time cannot be ended from outside: its thread lives on until its own socket times out, and its answer is
    dropped. Celery's soft limits are no alternative: they corrupt the pool's pipe when the broker hangs.
    """
    answer: Future[Answer] = Future()
    within_s = min(within_s, settings.current().worker_timeout_s)
    context = contextvars.copy_context()
    context.run(_limit_s.set, within_s)
    thread = threading.Thread(target=context.run, args=(_settle, answer, call), name="port-call", daemon=True)
    thread.start()
    thread.join(within_s)
    if not answer.done():
        raise NoAnswerError("timeout")
    return answer.result()


def _settle(answer: Future[Answer], call: Callable[[], Answer]) -> None:
    try:
        answer.set_result(call())
    except BaseException as error:  # noqa: BLE001 - it is raised again by the caller's thread
        answer.set_exception(error)
