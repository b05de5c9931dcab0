"""Why something that is due is not taken: nobody is there, nobody hears of it, or it is not its turn yet."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.batches import QUEUE, stands_back
from domain.counting import counted
from domain.diagnosis import repairs
from domain.diagnosis.evidence import House, Worker
from domain.diagnosis.finding import Finding, Weight

# a bell that is due is rung within two passes of a sweeper, and taken within moments; a busy machine takes longer
PATIENCE_S = 5.0
# a worker that lives says so from the thread that rings: who takes work and does not say so has lost that thread
_RINGER_GONE_S = 15.0
# longer than a worker that hears nothing is left alone (tasks/watch.py)
_DEAF_S = 60.0
# sweepers look twice a second, and a machine that stands still for a while is no house in which nobody rings
_UNRUNG_S = 20.0
# a free worker takes its message within moments, and what got lost is rung for again by then
_IN_HAND_S = 30.0

# what `doctor` calls by other names
_CODES = {"broker_unreachable": "broker_down", "broker_full": "redis_full"}


@dataclass(frozen=True, slots=True)
class Due:
    """Something that waits in a queue: ``it`` begins the sentence, ``for_s`` is how long it has been due, ``unrung_s`` its bell."""

    it: str
    id: str
    queue: str
    for_s: float
    unrung_s: float


def database_takes_nothing(due: Due, house: House) -> Finding | None:
    """Nobody can claim it: PostgreSQL takes no writes, or somebody holds our rows."""
    if house.database is None or (house.database.code == "database_locked" and due.for_s < PATIENCE_S):
        return None
    return _told_of(due, house.database)


def broker_takes_nothing(due: Due, house: House) -> Finding | None:
    """Nobody is rung for: the broker is down, full, a replica, or refuses us."""
    return _told_of(due, house.broker.trouble) if house.broker.trouble else None


def sweepers_are_kept(due: Due, house: House) -> Finding | None:
    """Its bell got lost, and somebody keeps every sweeper from ringing it again."""
    if house.sweepers is None or due.unrung_s < PATIENCE_S:
        return None
    sentence = f"{due.it} is due, and its bell got lost. {house.sweepers.sentence}"
    return Finding("sweeper_stopped", Weight.BROKEN, sentence, fix=f"End that session: {house.sweepers.fix}")


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
    return Finding("sweeper_stopped", Weight.BROKEN, sentence, fix=f"End that worker and start it anew: {repairs.start_worker(due.queue)}")


def no_consumer(due: Due, house: House) -> Finding | None:
    """No worker takes from its queue."""
    if house.at(due.queue):
        return None
    silent, elsewhere = house.silent_at(due.queue), [worker for worker in house.workers if not worker.is_silent]
    last = (
        f"the last that did, {silent[0].name}, has been silent for {silent[0].seen_s:.0f} s (it was stopped, was killed, or hangs)"
        if silent
        else "none has said within a day that it would"
    )
    if elsewhere and not silent:
        last = f"{elsewhere[0].name} is there, and was started for {', '.join(elsewhere[0].queues)} only"
    sentence = f"{due.it} waits in the queue {due.queue!r}, and no worker takes from it: {last}."
    return Finding("no_consumer", Weight.BROKEN, sentence, fix=f"Start one: {repairs.start_worker(due.queue)}")


def nobody_rings(due: Due, house: House) -> Finding | None:
    """Workers are there, their queue has room, and no bell."""
    if due.unrung_s < _UNRUNG_S or house.broker.is_full(due.queue) or _is_held_back(due, house):
        return None
    sentence = (
        f"{due.it} is due, and nobody rings for it: its bell has been overdue for {due.unrung_s:.0f} s, although a worker takes from its "
        f"queue {due.queue!r}."
    )
    fix = f"Their logs say `sweep_failed` and why; end the workers and start them anew: {repairs.start_worker(due.queue)}"
    return Finding("sweeper_stopped", Weight.BROKEN, sentence, fix=fix)


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
    before = house.broker.depths.get(due.queue)
    if before == 0 and due.for_s > _IN_HAND_S:
        sentence = (
            f"{due.it} has been due for {due.for_s:.0f} s, and its queue {due.queue!r} is empty: a worker has its message in hand and is "
            "busy with something else, or could not claim it."
        )
        fix = f"If it goes on: the log of {house.at(due.queue)[0].name} says why, look for `raised unexpected`"
        return Finding("in_queue", Weight.WARNING, sentence, fix=fix)
    words = f", {counted(before, 'message waits', 'messages wait')} in it" if before else ""
    return Finding("in_queue", Weight.FINE, f"{due.it} is due and waits for a worker's turn in the queue {due.queue!r}{words}.")


Cause = Callable[[Due, House], Finding | None]
CAUSES: tuple[Cause, ...] = (
    database_takes_nothing,
    broker_takes_nothing,
    sweepers_are_kept,
    sweeper_stopped,
    no_consumer,
    nobody_rings,
    deaf_worker,
    in_the_queue,
)


def why_not_taken(due: Due, house: House) -> Finding:
    """The first cause that fits; there always is one."""
    found = (cause(due, house) for cause in CAUSES)
    return next(finding for finding in found if finding)


def _told_of(due: Due, trouble: Finding) -> Finding:
    sentence = f"{due.it} is due, but nobody can take it. {trouble.sentence}"
    return Finding(_CODES.get(trouble.code, trouble.code), Weight.BROKEN, sentence, fix=trouble.fix)


def _is_held_back(due: Due, house: House) -> bool:
    """Whether what waits for a batch stands back behind what is live."""
    return due.queue == QUEUE and stands_back(house.broker.depths, house.broker.full_at)


def _works_without_ringing(worker: Worker) -> bool:
    return worker.is_silent and worker.claimed_s is not None and worker.seen_s - worker.claimed_s > _RINGER_GONE_S
