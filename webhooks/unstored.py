"""Stores later what was answered before it could be stored: a call for help (docs/decisions/0014-live-calls.md).

One thread per process, a few deliveries, for minutes: what a short outage or a lock kept out comes in by itself. It is kept in memory, and
is lost with its process.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, Full, Queue

import structlog

from domain.deliveries import Envelope, Stored
from domain.errors import StoreUnavailable
from observability.alarm import tell_somebody
from observability.trace import traced
from tasks import dispatch
from webhooks import gate

WAITING_AT_MOST = 50
TRIED_FOR_S = 900.0
PAUSE_S = 0.5  # while the store is away; who waits for a lock does not hold up the others

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Unstored:
    delivery: Envelope
    store: Callable[[Envelope], Stored]
    until: float  # monotonic


@dataclass(slots=True)
class _Keeper:
    # threads do not survive a fork: a keeper belongs to the process that started it
    pid: int = 0
    waiting: Queue[_Unstored] = field(default_factory=lambda: Queue(WAITING_AT_MOST))


_keeper = _Keeper()
_starting = threading.Lock()


def keep(delivery: Envelope, store: Callable[[Envelope], Stored]) -> None:
    """Store it as soon as that can be done, and ring for what it opens; never blocks, never raises.

    What cannot be stored for TRIED_FOR_S seconds is lost, and so is what comes when WAITING_AT_MOST wait: somebody is told.
    """
    _put(_started().waiting, _Unstored(delivery, store, time.monotonic() + TRIED_FOR_S))


def forget() -> None:
    """Forget everything that waits."""
    try:
        while True:
            _keeper.waiting.get_nowait()
    except Empty:
        return


def _started() -> _Keeper:
    global _keeper  # noqa: PLW0603 - one per process, replaced only after a fork
    with _starting:
        if _keeper.pid != os.getpid():
            _keeper = _Keeper(pid=os.getpid())
            threading.Thread(target=_work, args=(_keeper.waiting,), name="unstored-keeper", daemon=True).start()
        return _keeper


def _work(waiting: Queue[_Unstored]) -> None:
    while True:
        one = waiting.get()
        with traced(one.delivery.trace_id):
            if not _is_done_with(one):
                _put(waiting, one)
                time.sleep(PAUSE_S)


def _is_done_with(one: _Unstored) -> bool:
    """Whether it is stored, or never will be."""
    try:
        with gate.database.passing(one.delivery.subject):
            stored = one.store(one.delivery)
    except StoreUnavailable as error:
        if time.monotonic() < one.until:
            return False
        _lost(one.delivery, str(error))
    except Exception as error:  # noqa: BLE001 - the next call for help needs this thread
        _lost(one.delivery, type(error).__name__)
    else:
        dispatch.announce(stored, one.delivery.trace_id)
        log.info("stored_later", kind=one.delivery.kind, subject=one.delivery.subject, event_id=str(stored.event_id), fresh=stored.fresh)
    return True


def _put(waiting: Queue[_Unstored], one: _Unstored) -> None:
    try:
        waiting.put_nowait(one)
    except Full:
        _lost(one.delivery, "too_many_wait")


def _lost(delivery: Envelope, why: str) -> None:
    told = {"kind": delivery.kind, "subject": delivery.subject, "reason": why}
    log.critical("emergency_lost", **told)
    tell_somebody("emergency_lost", delivery.kind, told, seldom=True)
