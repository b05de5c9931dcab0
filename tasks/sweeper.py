"""Rings again for whatever is due, and buries what was lost. A daemon thread of every worker's parent process."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import structlog
from kombu.connection import Connection

import settings
from db.plant import jobs, redo, sweep, workers
from db.plant.sweep import Store
from domain.batches import stands_back
from domain.jobs import JobBell
from domain.lanes import Lane
from domain.runs import Bell, EffectBell
from tasks import app, broker, fingerprints, telling
from tasks.dispatch import BATCH_QUEUE, DELIVER_QUEUES, JOB_QUEUES, QUEUES, ROUTES, publish_effect, publish_job, publish_run
from tasks.obituary import tell_of_death
from tasks.reasons import named
from tasks.step import max_attempts
from tasks.watch import Watch

log = structlog.get_logger()

AnyBell = TypeVar("AnyBell", Bell, EffectBell, JobBell)

# A pass that failed waits; it never spins.
PAUSE_AFTER_ERROR_S = 2.0


class Sweeper(threading.Thread):
    """Healing that depends on no message and on no scheduler: Postgres says what is due."""

    def __init__(self, worker: str, queues: list[str]) -> None:
        """Sweep on behalf of this worker."""
        super().__init__(name="sweeper", daemon=True)
        self._worker = worker
        self._queues = queues
        self._watch = Watch(worker, queues)
        self._stopped = threading.Event()

    def run(self) -> None:
        """Pass after pass until stopped; then sign off."""
        while not self._stopped.is_set():
            pause_s = self._pass()
            self._look()
            self._stopped.wait(pause_s)
        self._sign_off()

    def stop(self) -> None:
        """End after the pass at hand."""
        self._stopped.set()

    def _pass(self) -> float:
        try:
            with app.connection_for_write() as connection:
                rung = sweep_once(connection, self._worker, self._queues)
        except Exception as error:  # noqa: BLE001 - Postgres away, broker away or a bug: healing must not end, it pauses and says so
            log.warning("sweep_failed", worker=self._worker, error=named(error))
            return PAUSE_AFTER_ERROR_S
        if rung:
            log.info("doorbells_rung_again", worker=self._worker, count=rung)
        return settings.current().sweep_interval_s

    def _sign_off(self) -> None:
        try:
            with sweep.opened() as store:
                workers.sign_off(store, self._worker)
        except Exception as error:  # noqa: BLE001 - as above; it will be missed for a day
            log.warning("worker_not_signed_off", worker=self._worker, error=named(error))

    def _look(self) -> None:
        # a pass that failed is no reason not to look: a broker that hung is what leaves a worker useless
        try:
            self._watch.look()
        except Exception as error:  # noqa: BLE001 - whoever cannot ask Postgres knows of nothing that is due, and goes on sweeping
            log.warning("watch_failed", worker=self._worker, error=named(error))


def sweep_once(connection: Connection, worker: str, queues: list[str]) -> int:
    """One pass: say that the worker is there, bury, take what is due within the queues' room, publish it; how many were rung.

    One connection to the database for all of it, but no transaction is open while the broker is asked. Raises StoreUnavailable, and what
    the broker's client raises if nothing could be rung at all.
    """
    with sweep.opened() as store:
        workers.beat(store, worker, queues, fingerprints.of(settings.current()))
        for run_id, code in sweep.bury_lost(store, max_attempts()):
            tell_of_death(run_id, code)
        for job_id, code in jobs.bury_lost(store, max_attempts()):
            log.error("job_failed", job=str(job_id), code=code)
        for run_id in redo.reopen_degraded(store):
            log.info("degraded_run_redone", run=str(run_id))
        rooms = _rooms(connection)
        # whoever waits on the line, or for help, is rung for before anybody looks what else is due
        passes = [
            *(_ring_lane(store, connection, lane, rooms) for lane in (Lane.URGENT, Lane.NORMAL)),
            _ring_jobs(store, connection, rooms),
        ]
    rung, errors = sum(count for count, _ in passes), [error for _, lost in passes for error in lost]
    if errors:
        log.warning("doorbells_not_rung", worker=worker, count=len(errors), error=named(errors[-1]))
    if errors and not rung:
        raise errors[-1]
    return rung


def _ring_lane(store: Store, connection: Connection, lane: Lane, rooms: Mapping[str, int]) -> tuple[int, list[Exception]]:
    """Take what is due of a lane within the room of its own queues, and ring for it; how many were rung, and why others were not."""
    wanted = [(purpose, stage, queue, rooms[queue]) for purpose, stage, routed, queue in ROUTES if routed is lane and rooms[queue] > 0]
    effects, runs = sweep.take_due_effects(store, rooms[DELIVER_QUEUES[lane]], lane), sweep.take_due_runs(store, wanted, lane)
    lost_effects, lost_runs = _ring(publish_effect, effects, connection), _ring(publish_run, runs, connection)
    errors = [*lost_effects.values(), *lost_runs.values()]
    if errors:
        sweep.ring_again_soon(store, [bell.run_id for bell in lost_runs], [bell.effect_id for bell in lost_effects])
    return len(effects) + len(runs) - len(errors), errors


def _ring_jobs(store: Store, connection: Connection, rooms: Mapping[str, int]) -> tuple[int, list[Exception]]:
    """The same for jobs, each in the queue of what it waits for."""
    due = jobs.take_due(store, [(kind, queue, rooms[queue]) for kind, queue in JOB_QUEUES.items() if rooms[queue] > 0])
    lost = _ring(publish_job, due, connection)
    if lost:
        jobs.ring_again_soon(store, [bell.job_id for bell in lost])
    return len(due) - len(lost), list(lost.values())


def _rooms(connection: Connection) -> Mapping[str, int]:
    """How many more messages each queue may hold: publishing a whole backlog would publish it again and again.

    None of a batch's, while live work waits in any other queue.
    """
    most = settings.current().broker_queue_depth
    depths = broker.depths_to_fill(connection, QUEUES)
    gives_way = stands_back(depths, most)
    # one in whose place something else stands has no room
    free = {queue: max(0, most - depths.get(queue, most)) for queue in QUEUES}
    return free | ({BATCH_QUEUE: 0} if gives_way else {})


def _ring(publish: Callable[[AnyBell, Connection], None], bells: Iterable[AnyBell], connection: Connection) -> dict[AnyBell, Exception]:
    """What could not be published, each with the reason."""
    lost: dict[AnyBell, Exception] = {}
    with telling.together(connection):
        for bell in bells:
            try:
                publish(bell, connection)
            except broker.errors() as error:
                lost[bell] = error
    return lost
