"""Restarts a worker that is alive, idle and useless: others hear the broker's bell, but in this process nothing rings any more."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from billiard.process import active_children
from celery.worker import state

import celeryconfig
import settings
from db.plant import progress, sweep
from domain.batches import stands_back
from domain.chain import Purpose, Stage
from domain.lanes import Lane
from observability.alarm import tell_somebody
from tasks.dispatch import DELIVER_QUEUES, ROUTES, broker_answers, broker_load
from tasks.step import awaited, max_attempts

log = structlog.get_logger()

# Far above the 10 s after which what was lost is rung for again: whoever hears nothing for so long hears nothing.
IDLE_S = 60.0
# What one restart does not mend, the next one right after it does not mend either; and each one costs whatever else the worker is good for.
AGAIN_AFTER_S = 300.0
LOOK_EVERY_S = 5.0
REASON = "claims nothing though work is due"
# The broker's own limit for connecting; if it does not answer a new connection, a new process would hear nothing either.
BROKER_TIMEOUT_S = 0.5


def restart() -> None:
    """Begin this process anew, as it was started: the same pid, with no connection, thread or child of before. Does not return."""
    for child in active_children():
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    # whatever is open closes itself, Python opens nothing that a new program would inherit
    os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - our own command, as it was started


def reap() -> None:
    """Let go of the children that a restart has killed. Only for the start of a worker, before its pool has any."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def is_at_work() -> bool:
    """Whether a child of this process works on a message whose time is not up; a periodic task holds no lease that would say so."""
    since = time.time() - celeryconfig.TRANSCRIBE_TIME_LIMIT  # the longest of all limits; past it the pool itself ends the child
    return any(request.time_start and request.time_start > since for request in list(state.active_requests))


class Watch:
    """Looks after one worker; alive is not enough, claims in Postgres are what counts."""

    def __init__(self, worker: str, queues: list[str], restart: Callable[[], None] = restart) -> None:
        """Look after this worker, which consumes these queues and starts now."""
        self._worker = worker
        self._wanted = [(purpose, stage, lane) for purpose, stage, lane, queue in ROUTES if queue in queues]
        self._delivers = [lane for lane, queue in DELIVER_QUEUES.items() if queue in queues]
        self._restart = restart
        self._gave_way_at = float("-inf")
        self._next = time.monotonic() + IDLE_S

    def look(self) -> None:
        """Restart if need be; looks once in LOOK_EVERY_S, however often it is called. Raises StoreUnavailable."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_EVERY_S
        due_for_s = self._stranded_s()
        if due_for_s is None or is_at_work() or not broker_answers(BROKER_TIMEOUT_S) or not self._taken():
            return
        told = {"worker": self._worker, "due_for_s": round(due_for_s)}
        log.error("worker_restarts_itself", reason=REASON, **told)
        tell_somebody("worker_restarts_itself", REASON, told, last_words=True)
        self._restart()

    def _stranded_s(self) -> float | None:
        due_for_s = self._due_for_s(self._wanted)
        if due_for_s is not None and self._gives_way():
            # what is not rung for on purpose is not stranded; whatever else its queues bring is
            return self._due_for_s([each for each in self._wanted if each[0] is not Purpose.REPROCESS])
        return due_for_s

    def _gives_way(self) -> bool:
        """Whether a batch stood back behind live work within the time for which a claim is missed."""
        if stands_back(broker_load(BROKER_TIMEOUT_S).waiting, settings.current().broker_queue_depth):
            self._gave_way_at = time.monotonic()
        return time.monotonic() - self._gave_way_at < IDLE_S

    def _due_for_s(self, routes: Sequence[tuple[Purpose, Stage, Lane]]) -> float | None:
        wanted = [(purpose, stage, lane, awaited(stage)) for purpose, stage, lane in routes]
        with sweep.opened() as store:
            return progress.stranded_s(
                store,
                self._worker,
                wanted,
                delivers=self._delivers,
                max_attempts=max_attempts(),
                idle_s=IDLE_S,
                again_after_s=AGAIN_AFTER_S,
            )

    def _taken(self) -> bool:
        with sweep.opened() as store:
            return progress.take_restart(store, self._worker, idle_s=IDLE_S, again_after_s=AGAIN_AFTER_S)
