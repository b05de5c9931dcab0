"""/metrics: the plant's own figures, for Prometheus. They are of all organizations, so not every key may read them."""

from collections.abc import Iterable, Iterator

from flask import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.auth import with_operators_key
from api.errors import ErrorV1
from api.smorest import Blueprint
from db.plant import figures
from db.plant.figures import Figures
from domain.chain import EffectState
from observability import answer_times
from tasks.dispatch import ROUTES, queue_of

metrics = Blueprint("metrics", __name__, description="Figures for Prometheus")

UNFINISHED = (EffectState.PENDING, EffectState.SENDING)
PARKED = (EffectState.FAILED, EffectState.UNKNOWN)


@metrics.get("/metrics")
@metrics.doc(security=[{"apiKey": []}])
@metrics.response(200, content_type="text/plain")
@metrics.alt_response(401, schema=ErrorV1)
@metrics.alt_response(403, schema=ErrorV1)
@metrics.alt_response(503, schema=ErrorV1)
@with_operators_key
def get_metrics() -> Response:
    """What is due, what failed, which promises are broken. Only for keys of the organization `default`."""
    registry = CollectorRegistry()
    registry.register(_Figures(figures.read()))
    answer_times.register(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """Figures that were read from Postgres at this very scrape: no process keeps any of its own."""

    def __init__(self, read: Figures) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        read, due = self._read, _by_queue(self._read)
        yield _gauge("invariant_violations", "Rows that break a promise (0: it holds)", "invariant", read.violations)
        if read.checked_s is not None:
            yield GaugeMetricFamily("hookline_invariants_checked_seconds", "Seconds since the promises were checked", read.checked_s)
        yield _failures(read)
        yield _gauge("runs_due", "Runs that a worker could take now", "queue", {name: runs for name, (runs, _) in due.items()})
        yield _gauge(
            "oldest_due_run_seconds", "For how long the oldest of them is due", "queue", {queue: s for queue, (_, s) in due.items()}
        )
        yield GaugeMetricFamily("hookline_runs_dead", "Runs that died and wait for a person", read.dead_runs)
        yield _gauge("effects_unfinished", "Effects that are to be sent", "state", _of(read, UNFINISHED))
        yield _gauge("effects_parked", "Effects that wait for a person", "state", _of(read, PARKED))
        yield _gauge("worker_seen_seconds", "Seconds since a worker's last sign of life", "worker", read.workers)


def _gauge(name: str, says: str, label: str, values: dict[str, int] | dict[str, float]) -> Metric:
    family = GaugeMetricFamily(f"hookline_{name}", says, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


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


def _of(read: Figures, states: Iterable[EffectState]) -> dict[str, int]:
    return {state.value: read.effects.get(state, 0) for state in states}
