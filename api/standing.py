"""How the plant stands at this moment, as families of figures."""

from collections.abc import Iterable, Iterator
from itertools import product

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from api.families import gauge, single, total
from db.plant.figures import UNDELIVERED, Figures, Standing
from domain.chain import EffectState
from domain.jobs import JobKind, JobState
from domain.load import Load
from domain.vendors import Vendor
from tasks.dispatch import JOB_QUEUES, QUEUES, ROUTES, queue_of

UNFINISHED = (EffectState.PENDING, EffectState.SENDING)
PARKED = (EffectState.FAILED, EffectState.UNKNOWN)


class StandingFigures(Collector):
    """What PostgreSQL and the broker said at a scrape: no process keeps any of it."""

    def __init__(self, read: Figures, load: Load) -> None:
        """Tell these."""
        self._read, self._load = read, load

    def collect(self) -> Iterator[Metric]:
        """One family after the other."""
        yield from _promises(self._read)
        yield from _work(self._read)
        yield from _outside(self._read)
        yield from _broker(self._load)


def _promises(read: Figures) -> Iterator[Metric]:
    yield gauge("invariant_violations", "Rows that break a promise (0: it holds)", "invariant", read.violations)
    if read.checked_s is not None:
        yield single("invariants_checked_seconds", "Seconds since the promises were checked", read.checked_s)


def _work(read: Figures) -> Iterator[Metric]:
    yield _failures(read)
    due = _by_queue(read)
    yield gauge("runs_due", "Runs that a worker could take now", "queue", {name: runs for name, (runs, _) in due.items()})
    yield gauge("oldest_due_run_seconds", "For how long the oldest of them is due", "queue", {queue: s for queue, (_, s) in due.items()})
    yield single("runs_dead", "Runs that died and wait for a person", read.dead_runs)
    yield gauge("jobs", "Jobs of the API that are not over", ("kind", "state"), _open_jobs(read))
    yield gauge("oldest_due_job_seconds", "For how long the oldest of them could be taken", "queue", _jobs_by_queue(read))
    yield gauge("worker_seen_seconds", "Seconds since a worker's last sign of life", "worker", read.workers)
    yield gauge("queue_workers", "Workers that take from a queue", "queue", {queue: read.served.get(queue, 0) for queue in QUEUES})


def _outside(read: Figures) -> Iterator[Metric]:
    yield gauge("effects_unfinished", "Effects that are to be sent", "state", _of(read.effects, UNFINISHED))
    yield gauge("effects_parked", "Effects that wait for a person", "state", _of(read.effects, (*PARKED, UNDELIVERED)))
    yield gauge("calls_for_help", "Calls for help that have not left", "state", _of(read.help, (*UNFINISHED, *PARKED)))
    yield single("call_for_help_oldest_seconds", "For how long the oldest of them is tried", read.help_oldest_s)
    vendors = {vendor.value: read.vendors.get(vendor, Standing()) for vendor in Vendor}
    yield gauge(
        "vendor_circuit_open", "1: nobody is asked until a call finds it back", "vendor", {name: v.is_open for name, v in vendors.items()}
    )
    yield gauge("vendor_failures", "Failures in a row", "vendor", {name: v.failures for name, v in vendors.items()})
    yield gauge("vendor_calls", "Calls that are under way", "vendor", {name: v.calls for name, v in vendors.items()})
    yield single("callbacks_awaited", "Recordings whose words are to come by callback", read.awaited)
    yield single("callbacks_overdue", "Of these, late or submitted once more", read.overdue)
    yield total("llm_tokens", "Tokens that language models took today (UTC)", read.llm_tokens)
    yield total("speech_seconds", "Seconds of speech that were submitted today (UTC)", read.speech_seconds)


def _broker(load: Load) -> Iterator[Metric]:
    yield single("broker_up", "Whether the broker answers", load.answers)
    if load.used_bytes is not None:
        yield single("broker_used_bytes", "Memory that Redis holds", load.used_bytes)
    if load.max_bytes is not None:
        yield single("broker_max_bytes", "Memory that Redis may hold; absent without a limit", load.max_bytes)
    yield gauge("broker_messages", "Messages that wait in the broker", "queue", load.waiting)


def _failures(read: Figures) -> Metric:
    family = CounterMetricFamily("hookline_step_failures", "Tasks that failed, and what became of them", labels=["task", "code", "outcome"])
    for failed in read.failures:
        family.add_metric([failed.task, failed.code, failed.outcome], failed.times)
    return family


def _by_queue(read: Figures) -> dict[str, tuple[int, float]]:
    """How many are due and for how long the oldest is, for every queue that there is."""
    found = {queue: (0, 0.0) for *_, queue in ROUTES}
    for due in read.due:
        queue = queue_of(due.purpose, due.stage, due.lane)
        runs, oldest_s = found[queue]
        found[queue] = (runs + due.runs, max(oldest_s, due.oldest_s))
    return found


def _open_jobs(read: Figures) -> dict[tuple[str, ...], float]:
    return {(kind.value, state.value): read.jobs.get((kind, state), 0) for kind, state in product(JobKind, JobState) if not state.is_over}


def _jobs_by_queue(read: Figures) -> dict[str, float]:
    """Each queue that jobs wait in."""
    found = dict.fromkeys(JOB_QUEUES.values(), 0.0)
    for kind, due_s in read.jobs_due_s.items():
        found[JOB_QUEUES[kind]] = max(found[JOB_QUEUES[kind]], due_s)
    return found


def _of(counts: dict[str, int], states: Iterable[str]) -> dict[str, int]:
    return {str(state): counts.get(state, 0) for state in states}
