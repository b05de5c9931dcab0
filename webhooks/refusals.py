"""Keeps a sample of refused deliveries off the request's path: one thread per process, a few a second, the rest forgotten."""

import os
import threading
import time
from dataclasses import dataclass, field
from queue import Full, Queue

import structlog

from db import quarantine
from domain.refusals import Refusal

WRITES_PER_SECOND = 5
WAITING_AT_MOST = 20
TRIES = 2  # the first after a restart of the database often meets a dead connection

log = structlog.get_logger()


@dataclass(slots=True)
class _Writer:
    # threads do not survive a fork: a writer belongs to the process that started it
    pid: int = 0
    waiting: Queue[Refusal] = field(default_factory=lambda: Queue(WAITING_AT_MOST))
    starting: threading.Lock = field(default_factory=threading.Lock)


_writer = _Writer()


def sample(refused: Refusal) -> None:
    """Hand a sample to the writer; never blocks, never raises. When too many come, the rest is dropped."""
    writer = _started()
    try:
        writer.waiting.put_nowait(refused)
    except Full:
        log.debug("refusal_dropped", provider=refused.provider, reason=refused.reason)


def _started() -> _Writer:
    global _writer  # noqa: PLW0603 - one per process, replaced only after a fork
    if _writer.pid != os.getpid():
        with _writer.starting:
            if _writer.pid != os.getpid():
                fresh = _Writer(pid=os.getpid())
                threading.Thread(target=_write, args=(fresh.waiting,), name="quarantine-writer", daemon=True).start()
                _writer = fresh
    return _writer


def _write(waiting: Queue[Refusal]) -> None:
    while True:
        refused = waiting.get()
        for _ in range(TRIES):
            kept = _keep(refused)
            time.sleep(1 / WRITES_PER_SECOND)
            if kept:
                break


def _keep(refused: Refusal) -> bool:
    try:
        quarantine.keep(refused)
    except Exception as error:  # noqa: BLE001 - a sample is worth less than the thread that writes the next one
        log.warning("refusal_not_kept", provider=refused.provider, reason=refused.reason, error=type(error).__name__)
        return False
    return True
