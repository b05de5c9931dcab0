"""Why something that is due is not taken: nobody is there, nobody hears of it, or it is not its turn yet."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.diagnosis import repairs
from domain.diagnosis.evidence import House, Worker
from domain.diagnosis.finding import Finding, Weight

# a bell that is due is rung within two passes of a sweeper, and taken within moments; a busy machine takes longer
PATIENCE_S = 5.0
# a worker that lives says so from the thread that rings: who takes work and does not say so has lost that thread
_RINGER_GONE_S = 15.0
# longer than a worker that hears nothing is left alone (tasks/watch.py)
_DEAF_S = 60.0

BROKER_ACT = "start Redis again, and see that REDIS_URL is its address; nothing is lost, the sweepers ring again. Then"


@dataclass(frozen=True, slots=True)
class Due:
    """Something that waits in a queue: ``it`` begins the sentence, ``for_s`` is how long it has been due."""

    it: str
    id: str
    queue: str
    for_s: float


def broker_down(due: Due, house: House) -> Finding | None:
    """Nobody is rung for."""
    if house.broker.error is None:
        return None
    sentence = f"{due.it} is due, but the broker (Redis) does not answer ({house.broker.error}), so no worker hears of it."
    return Finding("broker_down", Weight.BROKEN, sentence, fix=f"{BROKER_ACT}: {repairs.why(due.id)}")


def redis_full(due: Due, house: House) -> Finding | None:
    """Nothing can be rung."""
    if house.broker.takes:
        return None
    sentence = f"{due.it} is due, but Redis is full and takes no message, so no worker hears of it."
    act = "give Redis more memory (CONFIG SET maxmemory, or a larger plan) or throw out what is not ours; the sweepers ring again. Then"
    return Finding("redis_full", Weight.BROKEN, sentence, fix=f"{act}: {repairs.why(due.id)}")


def sweeper_stopped(due: Due, house: House) -> Finding | None:
    """Workers work, and none of them rings again."""
    there = [worker for worker in house.workers if _works_without_ringing(worker)]
    if not there or any(not worker.is_silent for worker in house.workers):
        return None
    [worker, *_] = there
    sentence = (
        f"{due.it} is due, but nobody rings for it again: {worker.name} still takes work, and the sweeper in it has said nothing for "
        f"{worker.seen_s:.0f} s."
    )
    return Finding("sweeper_stopped", Weight.BROKEN, sentence, fix=f"Restart the workers: {repairs.start_worker(due.queue)}")


def no_consumer(due: Due, house: House) -> Finding | None:
    """No worker takes from its queue."""
    if house.at(due.queue):
        return None
    silent = house.silent_at(due.queue)
    last = (
        f"the last that did, {silent[0].name}, has been silent for {silent[0].seen_s:.0f} s (it was stopped, was killed, or hangs)"
        if silent
        else "none has said within a day that it would"
    )
    sentence = f"{due.it} waits in the queue {due.queue!r}, and no worker takes from it: {last}."
    return Finding("no_consumer", Weight.BROKEN, sentence, fix=f"Start one: {repairs.start_worker(due.queue)}")


def deaf_worker(due: Due, house: House) -> Finding | None:
    """Workers are there, and take nothing."""
    there = house.at(due.queue)
    if due.for_s < _DEAF_S or not there or any(worker.claimed_s is not None and worker.claimed_s < _DEAF_S for worker in there):
        return None
    sentence = (
        f"{due.it} has been due for {due.for_s:.0f} s; {there[0].name} takes from its queue {due.queue!r}, is alive and takes nothing."
    )
    fix = f"It begins anew by itself within 5 minutes; at once: end it by its pid, then {repairs.start_worker(due.queue)}"
    return Finding("deaf_worker", Weight.BROKEN, sentence, fix=fix)


def in_the_queue(due: Due, house: House) -> Finding | None:
    """Workers are busy with what came before."""
    before = house.broker.depths.get(due.queue, 0)
    words = f", {before} messages wait in it" if before else ""
    return Finding("in_queue", Weight.FINE, f"{due.it} is due and waits for a worker's turn in the queue {due.queue!r}{words}.")


Cause = Callable[[Due, House], Finding | None]
CAUSES: tuple[Cause, ...] = (broker_down, redis_full, sweeper_stopped, no_consumer, deaf_worker, in_the_queue)


def why_not_taken(due: Due, house: House) -> Finding:
    """The first cause that fits; there always is one."""
    found = (cause(due, house) for cause in CAUSES)
    return next(finding for finding in found if finding)


def _works_without_ringing(worker: Worker) -> bool:
    return worker.is_silent and worker.claimed_s is not None and worker.seen_s - worker.claimed_s > _RINGER_GONE_S
