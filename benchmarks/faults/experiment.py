"""One row, once: start everything, send, harm, wait until all is settled, judge."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.faults import verdict
from benchmarks.faults.faults import Course
from benchmarks.faults.lab import House, Lab, opened
from benchmarks.faults.processes import StubbornError
from benchmarks.faults.rows import Row
from benchmarks.faults.traffic import Delivery, Load, Sent, send
from benchmarks.faults.verdict import Verdict

POLL_S = 1.0
SHOWN = 5
# a vendor's own time limit decides about leases: a small one makes the waiting after a killed worker bearable
ENVIRONMENT = {"WORKER_TIMEOUT_SECONDS": "2", "WORKER_CONCURRENCY": "2", "LOG_LEVEL": "INFO"}
# callbacks that get lost take a while to be missed; the usual 600 s would be too long to wait for
ENVIRONMENT |= {"DEEPGRAM_OVERDUE_SECONDS": "8"}
RUNG, FENCED = "doorbells_rung_again", '"outcome":"lease lost'


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how hard. ``drain_s`` bounds the waiting for the last one to be settled, ``lease_s`` is the longest lease.

    ``quick`` makes leases short; without ``durable`` PostgreSQL does not wait for the disk.
    """

    count: int
    per_s: float
    drain_s: float
    lease_s: float
    quick: bool = False
    durable: bool = True
    retries: int = 5


FULL = Size(count=500, per_s=40.0, drain_s=300.0, lease_s=41.0)
SHORT = Size(count=80, per_s=16.0, drain_s=90.0, lease_s=11.0, quick=True, durable=False, retries=2)


def run(row: Row, house: House, size: Size) -> Verdict:
    """Play a row. Raises StubbornError if a process does not do what is asked of it."""
    sabotage = _joined("quick" if size.quick else "", row.worker)
    with opened(house, {**ENVIRONMENT, "WORKER_MAX_RETRIES": str(size.retries)}, sabotage=sabotage, durable=size.durable) as lab:
        deliveries = house.deliveries(lab, size.count, row.mix)
        lab.start_web(_joined("quick" if size.quick else "", row.web))
        for number, harm in enumerate(row.helpers):
            lab.start_worker(f"helper{number}", _joined("quick" if size.quick else "", harm))
        lab.start_worker("worker", sabotage)
        lab.ready()
        load = Load(size.count, size.per_s, row.copied, row.copies)
        course = Course(lab, load.count, load.span_s, size.lease_s)
        sent = _sent_under(row, course, deliveries, load)
        drain_s = _drained(lab, size.drain_s)
        found = verdict.of(sent, house.endings(lab))
        found.drain_s = drain_s
        found.poison = {delivery.key for delivery in deliveries if delivery.is_poison} & (found.accepted | set(found.dead))
        found.republished = sum(entry["count"] for worker in lab.workers for entry in worker.entries(RUNG))
        found.fenced = sum(worker.said(FENCED) for worker in lab.workers)
        found.notes = [*_out_of_time(course, sent), *_left_over(lab), *house.broken(lab)]
        return found


def faults_of(row: Row, found: Verdict) -> list[str]:
    """What a row promises and did not keep, in words."""
    wrong = [*found.notes]
    if found.never:
        wrong.append(f"{len(found.never)} never finished: {_some(found.never)}")
    if found.twice:
        wrong.append(f"{len(found.twice)} finished twice: {_some(found.twice)}")
    if row.fences and not found.fenced:
        wrong.append("nobody came too late with a result: the row proves nothing")
    if found.drain_s is None:
        wrong.append("not everything was settled in the end")
    if found.unknown and not row.unknown:
        wrong.append(f"{len(found.unknown)} unknown: {_some(found.unknown.values())}")
    if found.refused and not row.refuses and not row.web:
        wrong.append(f"{found.refused} not accepted")
    if set(found.dead) != found.poison:
        wrong.append(f"dead are {len(found.dead)} ({_some(found.dead.values())}), poison were {len(found.poison)}")
    return wrong


def late_of(row: Row, found: Verdict) -> list[str]:
    """The answers that came too late, if that is the front's fault: not while PostgreSQL is away, and not if a control was late as well."""
    if row.refuses or found.slow <= found.slow_control:
        return []
    return [f"{found.slow} of {found.answers} answers took more than 100 ms, {found.slow_control} of the control's"]


def _sent_under(row: Row, course: Course, deliveries: Sequence[Delivery], load: Load) -> Sent:
    with ThreadPoolExecutor(1, thread_name_prefix="fault") as beside:
        harm = beside.submit(row.fault, course)
        sent = send(course.lab.url, deliveries, load)
        harm.result()
    return sent


def _drained(lab: Lab, limit_s: float) -> float | None:
    """How long after the last answer everything was settled; None if it never was."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        if lab.house.unfinished(lab) == 0:
            return time.monotonic() - began
        time.sleep(POLL_S)
    return None


def _out_of_time(course: Course, sent: Sent) -> list[str]:
    first, last = sent.window
    return [
        f"a fault fell outside of the load ({at - first:.1f} s of {last - first:.1f} s)" for at in course.struck if not first < at < last
    ]


def _left_over(lab: Lab) -> list[str]:
    gone = [f"{process.name} ended by itself" for process in (lab.web, lab.worker) if not process.is_alive()]
    try:
        return gone + [f"a worker that was asked to end did so with {code}" for code in lab.retired() if code != 0]
    except StubbornError as error:
        return [*gone, str(error)]


def _joined(*harms: str) -> str:
    return ",".join(filter(None, harms))


def _some(things: Iterable[str]) -> str:
    return ", ".join(sorted(set(things))[:SHOWN])
