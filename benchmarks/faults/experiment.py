"""One row, once: start everything, send, harm, wait until all is settled, judge."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.faults import verdict
from benchmarks.faults.evidence import gathered, rung_again
from benchmarks.faults.faults import Course
from benchmarks.faults.lab import House, Lab, opened
from benchmarks.faults.promises import broken_by, unproven
from benchmarks.faults.rows import Row
from benchmarks.faults.traffic import Delivery, Load, Sent, send
from benchmarks.faults.verdict import Verdict
from benchmarks.harness.processes import StubbornError

POLL_S = 1.0
TRIES = 3
# a vendor's own time limit decides about leases: a small one makes the waiting after a killed worker bearable
ENVIRONMENT = {"WORKER_TIMEOUT_SECONDS": "2", "WORKER_CONCURRENCY": "2", "LOG_LEVEL": "INFO"}
# callbacks that get lost take a while to be missed; the usual 600 s would be too long to wait for
ENVIRONMENT |= {"DEEPGRAM_OVERDUE_SECONDS": "8"}


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how hard. ``drain_s`` bounds the waiting for the last one to be settled, ``lease_s`` is the longest lease.

    ``quick`` makes leases short; without ``durable`` PostgreSQL does not wait for the disk.
    """

    count: int
    per_s: float
    drain_s: float
    lease_s: float
    refusal_s: float = 1.0
    quick: bool = False
    durable: bool = True
    retries: int = 5


FULL = Size(count=500, per_s=40.0, drain_s=300.0, lease_s=41.0)
# beside other tests: the promised times are the full table's business
SHORT = Size(count=80, per_s=16.0, drain_s=240.0, lease_s=11.0, refusal_s=5.0, quick=True, durable=False, retries=2)


def run(row: Row, house: House, size: Size) -> tuple[Verdict, list[str]]:
    """Play a row: what became of the webhooks, and which promises were broken.

    A run that proves nothing, because a fault missed the load, is played again. Raises StubbornError if a process does not do what is
    asked of it, or if no run proved anything.
    """
    for _ in range(TRIES):
        found, broken, reasons = _played(row, house, size)
        if broken or not reasons:
            return found, broken
    raise StubbornError(f"{row.title}: {', '.join(reasons)}, {TRIES} times")


def _played(row: Row, house: House, size: Size) -> tuple[Verdict, list[str], list[str]]:
    quick = "quick" if size.quick else ""
    environment = {**ENVIRONMENT, "WORKER_MAX_RETRIES": str(size.retries), **dict(row.environment)}
    with opened(house, environment, sabotage=_joined(quick, row.worker), durable=size.durable) as lab:
        deliveries = house.deliveries(lab, size.count, row.mix)
        lab.start_web(_joined(quick, row.web))
        for number, harm in enumerate(row.helpers):
            lab.start_worker(f"helper{number}", _joined(quick, harm))
        lab.start_worker("worker", lab.sabotage)
        lab.ready()
        load = Load(size.count, size.per_s * row.pace, row.copied, row.copies)
        course = Course(lab, load.count, load.span_s, size.lease_s)
        sent = _sent_under(row, course, deliveries, load)
        drain_s = drained(lab, size.drain_s)
        found = verdict.of(sent, house.endings(lab))
        found.drain_s, found.republished = drain_s, rung_again(lab)
        found.poison = {delivery.key for delivery in deliveries if delivery.is_poison} & (found.accepted | set(found.dead))
        recordings = sum(1 for delivery in deliveries if delivery.is_recording)
        evidence = gathered(row, course, sent.window, recordings)
        return found, broken_by(row, found, evidence, refusal_s=size.refusal_s), unproven(row, evidence)


def _sent_under(row: Row, course: Course, deliveries: Sequence[Delivery], load: Load) -> Sent:
    with ThreadPoolExecutor(1, thread_name_prefix="fault") as beside:
        harm = beside.submit(row.fault, course)
        sent = send(course.lab.url, course.lab.bare_url, deliveries, load)
        harm.result()
    return sent


def drained(lab: Lab, limit_s: float) -> float | None:
    """How long after the last answer everything was settled; None if it never was."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        if lab.house.unfinished(lab) == 0:
            return time.monotonic() - began
        time.sleep(POLL_S)
    return None


def _joined(*harms: str) -> str:
    return ",".join(filter(None, harms))
