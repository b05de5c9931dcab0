"""What is done to the house while it is under load, fault by fault. Each begins and ends within the time that the load takes."""

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from benchmarks.faults.lab import Lab
from benchmarks.harness import database
from benchmarks.harness.processes import StubbornError
from benchmarks.harness.product import READY_WORKER

# somebody else has taken over by then, however much there is to do
LONGER_S = 10.0
HEAD_START_S = 1.0
# the pool processes of a worker
POOL = 2
AN_HOUR = """
UPDATE runs SET created_at = created_at - w, stage_since = stage_since - w, not_before = not_before - w,
    next_publish_at = next_publish_at - w, lease_until = lease_until - w FROM (SELECT interval '1 hour' AS w) AS hour
    WHERE state IN ('ready', 'waiting');
UPDATE run_steps SET queued_at = queued_at - w, submitted_at = submitted_at - w FROM (SELECT interval '1 hour' AS w) AS hour
    WHERE finished_at IS NULL OR error_code IS NOT NULL;
UPDATE effects SET created_at = created_at - w, not_before = not_before - w, next_publish_at = next_publish_at - w,
    lease_until = lease_until - w FROM (SELECT interval '1 hour' AS w) AS hour WHERE state IN ('pending', 'sending');
UPDATE vendor_health SET open_until = open_until - interval '1 hour';
"""


@dataclass(slots=True)
class Course:
    """The time of one experiment: faults wait for a part of the load to have passed, and write down when they struck.

    ``interrupted`` counts the processes that were cut off in whatever they were doing: each may have been sending something.

    ``lease_s`` is how long the longest lease of the house lasts.
    """

    lab: Lab
    count: int
    span_s: float
    lease_s: float
    began: float = field(default_factory=time.monotonic)
    struck: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    interrupted: int = 0

    def until(self, part: float) -> None:
        """Sleep until this part of the load's time has passed."""
        time.sleep(max(0.0, self.began + part * self.span_s - time.monotonic()))

    def strike(self, harm: Callable[[], object]) -> None:
        """Do harm and note when."""
        self.struck.append(time.time())
        harm()
        self.ended.append(time.time())

    def for_a_while(self, from_part: float, to_part: float, harm: Callable[[], object], relief: Callable[[], object]) -> None:
        """Harm from one part of the time to another."""
        self.until(from_part)
        self.struck.append(time.time())
        harm()
        try:
            self.until(to_part)
        finally:
            relief()
            self.ended.append(time.time())


Fault = Callable[[Course], None]


def nothing(_: Course) -> None:
    """All is well."""


def kill_children(course: Course) -> None:
    """A pool child dies each second."""
    for second in itertools.count():
        part = 0.1 + second / course.span_s
        if part > 0.9:  # noqa: PLR2004 - the last one falls within the load
            return
        course.until(part)
        children = course.lab.worker.children()
        if children:
            course.interrupted += 1
            course.strike(partial(_kill, children[second % len(children)]))


def kill_worker(course: Course) -> None:
    """The whole worker dies, and is started again, three times."""
    for part in (0.2, 0.45, 0.7):
        course.until(part)
        course.interrupted += POOL
        course.strike(partial(_restart_worker, course.lab))


def wipe_redis(course: Course) -> None:
    """Redis dies and comes back empty, twice."""
    for part in (0.3, 0.65):
        course.until(part)
        course.strike(course.lab.servers.wipe_redis)


def hang_redis(course: Course) -> None:
    """Redis says nothing for half of the time, 6 s of the full load."""
    course.for_a_while(0.3, 0.8, course.lab.servers.hang_redis, course.lab.servers.wake_redis)


def fill_redis(course: Course) -> None:
    """Redis takes nothing more."""
    with course.lab.servers.broker() as client:
        course.for_a_while(0.25, 0.75, lambda: client.config_set("maxmemory", "1mb"), lambda: client.config_set("maxmemory", "0"))


def restart_postgres(course: Course) -> None:
    """PostgreSQL is shut down at once and recovers, twice."""
    for part in (0.3, 0.65):
        course.until(part)
        course.strike(course.lab.servers.restart_postgres)


def lock_events(course: Course) -> None:
    """Somebody locks the table that every webhook is written to, for 5 s of the full load."""
    with database.connected(course.lab.servers.postgres.url) as other, other.cursor() as cursor:
        other.autocommit = False
        course.for_a_while(0.3, 0.7, lambda: cursor.execute("LOCK TABLE webhook_events"), other.rollback)


def vendors_fail(course: Course) -> None:
    """A fifth of what the vendors answer is an error."""
    twin = course.lab.twin

    def begin() -> None:
        for vendor in ("twilio", "deepgram"):
            twin.misbehave(vendor, "503", probability=0.1, seed=1)
            twin.misbehave(vendor, "500", probability=0.1, seed=2)

    course.for_a_while(0.1, 0.9, begin, twin.behave)


def vendors_hang(course: Course) -> None:
    """Every tenth call to a vendor gets no answer in time."""
    twin = course.lab.twin

    def begin() -> None:
        for vendor in ("twilio", "deepgram"):
            twin.misbehave(vendor, "hang", probability=0.1, seed=3, delay_s=6.0)

    course.for_a_while(0.1, 0.9, begin, twin.behave)


def vendors_accept_and_hang(course: Course) -> None:
    """A twentieth of the messages is taken and sent, and nobody says so in time."""
    twin = course.lab.twin
    course.for_a_while(
        0.1,
        0.9,
        lambda: twin.misbehave("twilio", "accept_then_hang", operation="message.create", probability=0.05, seed=4, delay_s=6.0),
        twin.behave,
    )


def vendors_cut(course: Course) -> None:
    """The vendors are gone: each connection is cut without an answer."""
    twin = course.lab.twin

    def begin() -> None:
        for vendor in ("twilio", "deepgram"):
            twin.misbehave(vendor, "down")

    course.for_a_while(0.2, 0.7, begin, twin.behave)


def language_fails(course: Course) -> None:
    """A fifth of what the language model's vendor answers is an error."""
    twin = course.lab.twin

    def begin() -> None:
        twin.misbehave("openai", "503", probability=0.1, seed=1)
        twin.misbehave("openai", "429", probability=0.1, seed=2, retry_after_s=1)

    course.for_a_while(0.1, 0.9, begin, twin.behave)


def vendors_down_for_an_hour(course: Course) -> None:
    """The vendors are gone; the database's clock moves on by an hour; they come back."""
    twin = course.lab.twin_process
    course.until(0.2)
    course.struck.append(time.time())
    course.interrupted += POOL
    twin.tell_group(signal.SIGSTOP)
    course.until(0.6)
    course.lab.rows(AN_HOUR)
    twin.tell_group(signal.SIGCONT)
    course.ended.append(time.time())


def callbacks_dropped(course: Course) -> None:
    """A tenth of Deepgram's callbacks never comes: those of the first jobs. What is submitted anew is called back."""
    course.until(0.1)
    tenth = max(1, round(course.count / 10))
    course.strike(partial(course.lab.twin.misbehave, "deepgram", "drop", times=tenth))


def deploy(course: Course) -> None:
    """Workers are replaced as a host does it, and the front reloads, every 5 s."""
    for number in itertools.count(1):
        part = 0.15 + (number - 1) * 5.0 / course.span_s
        if part > 0.85:  # noqa: PLR2004 - as above
            return
        course.until(part)
        course.strike(partial(_deployed, course.lab))


def pause_worker(course: Course) -> None:
    """A worker's machine stands still for longer than any lease, then goes on as if nothing had happened; another one works on."""
    course.until(0.3)
    course.interrupted += POOL
    course.strike(partial(course.lab.worker.tell_group, signal.SIGSTOP))
    time.sleep(course.lease_s + LONGER_S)
    # children first: their parent would kill them for having taken so long before they could write too late
    for child in course.lab.worker.children():
        os.kill(child, signal.SIGCONT)
    time.sleep(HEAD_START_S)
    course.lab.worker.tell_group(signal.SIGCONT)


def no_sweeper(course: Course) -> None:
    """No bell is rung again: the house says so itself, and a worker that sweeps finishes what was left."""
    course.until(0.9)
    course.lab.rows(AN_HOUR)
    course.struck.append(time.time())
    alarms = course.lab.house.broken(course.lab)
    if not any("I5" in alarm for alarm in alarms):
        raise StubbornError(f"nothing is rung for an hour, and nobody says so: {alarms}")
    course.lab.start_worker("healer", course.lab.without("no_sweeper"))


def everything(course: Course) -> None:
    """Children and a worker die, Redis comes back empty, PostgreSQL restarts; the payloads hold poison besides."""
    lab = course.lab
    harms: list[tuple[float, Callable[[], object]]] = [
        (0.15, partial(_kill_first_child, lab)),
        (0.3, lab.servers.wipe_redis),
        (0.45, partial(_restart_worker, lab)),
        (0.6, lab.servers.restart_postgres),
        (0.75, partial(_kill_first_child, lab)),
        (0.85, lab.servers.wipe_redis),
    ]
    course.interrupted += POOL + 2
    for part, harm in harms:
        course.until(part)
        course.strike(harm)


def _restart_worker(lab: Lab) -> None:
    lab.worker.kill_group()
    lab.worker.start()


def _kill_first_child(lab: Lab) -> None:
    for child in lab.worker.children()[:1]:
        _kill(child)


def _deployed(lab: Lab) -> None:
    # no host replaces a worker that has not begun yet
    lab.worker.ready(READY_WORKER)
    lab.replace_worker()
    lab.web.tell(signal.SIGHUP)


def _kill(pid: int) -> None:
    # it may just have ended by itself
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
