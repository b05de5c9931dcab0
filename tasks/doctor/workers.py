"""The room of Celery: who works, who is silent, what nobody listens to, and whether what is due is rung for."""

from collections.abc import Iterator, Mapping, Sequence

from kombu.connection import Connection

import celeryconfig
import settings
from db.plant import checkup
from db.plant.checkup import Unrung
from db.plant.workers import BEAT
from domain.counting import counted
from domain.diagnosis import crew, repairs
from domain.diagnosis.alike import disagreements
from domain.diagnosis.crew import Worker
from domain.diagnosis.finding import Finding, Weight
from tasks import app, broker, fingerprints
from tasks.dispatch import BATCH_QUEUE, queue_of
from tasks.doctor import description
from tasks.doctor.description import Description

LIVE_QUEUES = tuple(dict.fromkeys(route["queue"] for route in celeryconfig.task_routes.values()))
# a pass takes milliseconds; whoever has its place for so long is no sweeper at work
HELD_S = 5.0
# what is due is rung for twice a second
UNRUNG_S = 30.0
# it rings most often for the check of the promises
BEATS_WITHIN_S = 3 * celeryconfig.CHECK_EVERY_S
START = {BATCH_QUEUE: "batch"}


def look() -> list[Finding]:
    """What is wrong with workers, sweepers and beat. Raises StoreUnavailable."""
    rows = _seen()
    living = [row for row in rows if row.is_there]
    told = description.ask()
    found = [*_crew(rows, living, told), *_limits(told), *_settings(living), *_sweeping(living)]
    # who hears nothing over the broker hears nothing of beat's either
    return [*found, *filter(None, [beat(living) if told else None])]


def there() -> list[Worker]:
    """The workers that live. Raises StoreUnavailable."""
    return [row for row in _seen() if row.is_there]


def odd_in(name: str) -> tuple[str, ...]:
    """The settings in which the living worker of this name differs from most, who have them set. Raises StoreUnavailable."""
    told = _told(there())
    found = ((setting, told[each.sides[0][0]]) for each in disagreements(told) if name in each.odd for setting in each.settings)
    return tuple(setting for setting, most in found if most[setting] != fingerprints.unset(setting))


def _told(there: Sequence[Worker]) -> Mapping[str, Mapping[str, str]]:
    return {row.name: row.fingerprints for row in there if row.fingerprints}


def _seen() -> list[Worker]:
    return [Worker(row.name, row.queues, row.started_s, row.seen_s, row.fingerprints) for row in checkup.workers()]


def _crew(rows: Sequence[Worker], there: Sequence[Worker], told: Mapping[str, Description]) -> Iterator[Finding]:
    if not there and not told:
        yield Finding(
            "no_worker",
            Weight.BROKEN,
            "No worker is there: everything is stored, and nothing is worked on.",
            tuple(f"{row.name} was last seen {row.seen_s:.0f} s ago" for row in rows),
            "start the Procfile's `worker` and `batch` (on a host: scale worker=1 batch=1); by hand: "
            f"{repairs.start_worker(LIVE_QUEUES[0])}",
        )
        return
    for row in crew.silent(rows):
        yield _silent(row, answers=row.hostname in told)
    yield from _namesakes(there)
    yield from _deaf([row for row in there if told and row.hostname not in told])
    yield from _unheard(there, told)


def _silent(row: Worker, *, answers: bool) -> Finding:
    fact = f"its sweeper was last seen {row.seen_s:.0f} s ago"
    if answers:
        told = f"The worker {row.hostname} hears the broker, but its sweeper has stopped: what got lost is not rung for again by it."
        return Finding("sweeper_stopped", Weight.BROKEN, told, (fact,), _restart(row))
    told = f"The worker {row.hostname} is silent: its process is gone, hangs, or cannot reach the database."
    return Finding("worker_silent", Weight.BROKEN, told, (fact, f"it worked on {', '.join(row.queues)}"), _restart(row))


def _namesakes(there: Sequence[Worker]) -> Iterator[Finding]:
    for name, found in crew.namesakes(there).items():
        told = f"{len(found)} workers that run now have the name {name}: `control` and Flower take them for one, and so does this command."
        kind = found[0].kind
        fix = f"end one of them, and start it with a name of its own: `-n {kind}-2@%h` where it had `-n {kind}@%h`"
        yield Finding("worker_name_taken", Weight.WARNING, told, tuple(f"{row.name} takes {', '.join(row.queues)}" for row in found), fix)


def _deaf(rows: Sequence[Worker]) -> Iterator[Finding]:
    for row in rows:
        told = f"The worker {row.hostname} lives, but does not answer over the broker: it may have lost it, or be of a release before this."
        yield Finding("worker_deaf", Weight.WARNING, told, fix=f"wait a minute, it mends that itself; then {_restart(row)}")


def _restart(row: Worker) -> str:
    queue = BATCH_QUEUE if row.kind == START[BATCH_QUEUE] else LIVE_QUEUES[0]
    return (
        f"end that process if it is there still (kill -KILL; nothing is lost), and start the Procfile's `{row.kind}` anew "
        f"(on a host: restart it; was it scaled down on purpose, this goes by itself within a day); by hand: {repairs.start_worker(queue)}"
    )


def _unheard(there: Sequence[Worker], told: Mapping[str, Description]) -> Iterator[Finding]:
    # who answers knows best: a consumer may have been cancelled since the worker began
    listening = [told[row.hostname].queues if row.hostname in told else row.queues for row in there]
    listening += [each.queues for name, each in told.items() if name not in {row.hostname for row in there}]
    for queue in crew.unheard((*LIVE_QUEUES, BATCH_QUEUE), listening):
        weight = Weight.WARNING if queue == BATCH_QUEUE else Weight.BROKEN
        says = f"No worker listens to the queue {queue}: what is published there waits for ever."
        fix = _somebody_for(queue, [row for row in there if row.kind == START.get(queue, "worker")])
        yield Finding("queue_unheard", weight, says, (f"workers that are there: {', '.join(row.hostname for row in there)}",), fix)


def _somebody_for(queue: str, likely: Sequence[Worker]) -> str:
    if not likely:
        return f"start the Procfile's `{START.get(queue, 'worker')}`; by hand: {repairs.start_worker(queue)}"
    return f"celery -A tasks control add_consumer {queue} -d {likely[0].hostname}  (and mend its -Q, if that leaves {queue} out)"


def _limits(told: Mapping[str, Description]) -> Iterator[Finding]:
    for name, each in told.items():
        if not each.remaps_sigterm:
            says = f"The worker {name} was started without REMAP_SIGTERM=SIGQUIT: a deploy may end it in the middle of its tasks."
            fix = f"end it and start it as the Procfile does: {repairs.start_worker(each.queues[0] if each.queues else LIVE_QUEUES[0])}"
            yield Finding("sigterm_not_remapped", Weight.WARNING, says, fix=fix)
        if not each.keeps_until_done:
            says = (
                f"The worker {name} acknowledges messages before they are done: what it works on when it dies is only found by the sweeper."
            )
            fix = "set task_acks_late and task_reject_on_worker_lost in celeryconfig.py to True, restart it"
            yield Finding("acks_early", Weight.WARNING, says, fix=fix)
        if each.visibility_s is not None and each.visibility_s <= each.longest_lease_s:
            says = (
                f"The broker hands messages of the worker {name} out again after {each.visibility_s:.0f} s, before its longest lease ends."
            )
            fix = f"set visibility_timeout in celeryconfig.py above {each.longest_lease_s:.0f} s, restart every process"
            yield Finding("visibility_too_short", Weight.WARNING, says, fix=fix)
    if len({each.visibility_s for each in told.values()}) > 1:
        says = "Workers disagree about the visibility timeout, and the shortest wins: their WORKER_TIMEOUT_SECONDS differ."
        yield Finding("visibility_differs", Weight.WARNING, says, fix="give all of them the same WORKER_TIMEOUT_SECONDS and restart them")


def _settings(there: Sequence[Worker]) -> Iterator[Finding]:
    ours = fingerprints.of(settings.current())
    told = _told(there)
    for each in disagreements(told):
        names, whom = ", ".join(each.settings), "all of them the same"
        says = f"Workers disagree about {names}"
        if each.odd:
            which = counted(len(each.odd), "worker runs", "workers run")
            says, whom = f"{which} with another {names} than the others: {', '.join(each.odd)}", "them what the others have"
        facts = tuple(_side(side, is_ours=_is_like(ours, told[side[0]], each.settings)) for side in each.sides)
        fix = f"give {whom} on the hosts where they run, restart them, and have every vendor asked again: {repairs.SETUP}"
        then = "what a vendor refuses one of them, it refuses all: its circuit is everybody's."
        yield Finding("settings_differ", Weight.WARNING, f"{says}; {then}", facts, fix)


def _side(alike: Sequence[str], *, is_ours: bool) -> str:
    return f"alike: {', '.join(alike)}{' (and this command)' if is_ours else ''}"


def _is_like(ours: Mapping[str, str], theirs: Mapping[str, str], names: Sequence[str]) -> bool:
    return all(ours.get(name) == theirs.get(name) for name in names)


def _sweeping(there: Sequence[Worker]) -> Iterator[Finding]:
    held = blocked()
    yield from held
    overdue = checkup.unrung(UNRUNG_S)
    if not overdue or held or not there:
        return
    full = _full_queues(overdue)
    stuck = [each for each in overdue if queue_of(each.purpose, each.stage) not in full]
    if stuck:
        runs, oldest = sum(each.runs for each in stuck), max(each.oldest_s for each in stuck)
        yield Finding(
            "sweeper_stopped",
            Weight.BROKEN,
            f"{counted(runs, 'run has', 'runs have')} been due for up to {oldest:.0f} s and no sweeper rings,"
            f" though {counted(len(there), 'worker is', 'workers are')} there.",
            tuple(f"{each.runs} of {each.purpose} {each.stage}" for each in stuck),
            f"restart the workers, whose logs say `sweep_failed` and why; by hand: {repairs.start_worker(LIVE_QUEUES[0])}",
        )
    for queue in sorted(full):
        says = f"The queue {queue} is full and work waits behind it: its workers are too few or too slow."
        yield Finding(
            "queue_backlog", Weight.WARNING, says, fix="raise WORKER_CONCURRENCY (batch: BATCH_CONCURRENCY), or start more workers"
        )


def blocked() -> list[Finding]:
    """Who keeps every sweeper from ringing for something. Raises StoreUnavailable."""
    return [
        Finding(
            "sweeper_blocked",
            Weight.BROKEN,
            f"No sweeper rings for all that is due: a session (pid {holder.pid}) has kept one of their places for {holder.age_s:.0f} s.",
            (f"{holder.name or 'nameless'}; a pass takes milliseconds",),
            repairs.end_session(holder.pid),
        )
        for holder in checkup.sweep_holders(HELD_S)
    ]


def _full_queues(overdue: Sequence[Unrung]) -> set[str]:
    """Those that the sweeper leaves alone on purpose; none if the broker does not say."""
    queues = {queue_of(each.purpose, each.stage) for each in overdue}
    limits = {**celeryconfig.broker_transport_options, "max_retries": 0}
    try:
        with Connection(app.conf.broker_url, connect_timeout=1, transport_options=limits) as connection:
            return {queue for queue in queues if broker.queue_depth(connection, queue) >= settings.current().broker_queue_depth}
    except broker.errors():
        return set()


def beat(living: Sequence[Worker]) -> Finding | None:
    """Beat has stopped, although somebody is there who would do what it rings for. Raises StoreUnavailable."""
    # a house that has just begun has heard nothing of it yet
    age_s = checkup.turns().get(BEAT, max((row.started_s for row in living), default=0.0))
    if age_s <= BEATS_WITHIN_S or not living:
        return None
    says = f"Beat has rung for nothing for {age_s:.0f} s: nothing is tidied, and nobody asks Twilio for what it could not deliver."
    fix = f"start the Procfile's `beat` (on a host: scale beat=1); by hand: {repairs.BEAT}"
    return Finding("beat_silent", Weight.WARNING, says, fix=fix)
