"""How webhooks were answered: times by vendor and phase, answers by status, refusals by reason; one count for all processes of a front."""

import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

# Where processes share their counts. The library reads it when it is imported, so gunicorn_conf.py sets it; without it each process has
# figures of its own.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# seconds; a vendor is promised an answer within 0.1
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

_times = Histogram(
    "hookline_webhook_answer_seconds",
    "How long webhooks took to answer, by vendor and phase; `answer` is all of it",
    ["provider", "phase"],
    buckets=BUCKETS,
    registry=None,
)
_answers = Counter(
    "hookline_webhook_answers", "Webhooks that were answered, by vendor and HTTP status", ["provider", "status"], registry=None
)
_refusals = Counter("hookline_webhook_refusals", "Webhooks that were refused, by vendor and code", ["provider", "reason"], registry=None)


def took(provider: str, phase: str, seconds: float) -> None:
    """Count one phase of one answer; whatever becomes of the counting, the answer is given."""
    with suppress(Exception):
        _time(provider, phase).observe(seconds)


def answered(provider: str, status: int) -> None:
    """Count an answer, on the same terms."""
    with suppress(Exception):
        _answer(provider, status).inc()


def refused(provider: str, reason: str) -> None:
    """Count a refusal by its code, which is one of ours; on the same terms."""
    with suppress(Exception):
        _refusals.labels(provider, reason).inc()


def begin_at_zero(provider: str, statuses: Iterable[int], reasons: Iterable[str]) -> None:
    """Show what has not happened yet as 0: what appears as 1 has, to whoever reckons an increase, not increased."""
    for status in statuses:
        _answer(provider, status)
    for reason in reasons:
        _refusals.labels(provider, reason)


# vendors, phases and statuses are few, and each of them is counted by the same figure for ever
@cache
def _time(provider: str, phase: str) -> Histogram:
    return _times.labels(provider, phase)


@cache
def _answer(provider: str, status: int) -> Counter:
    return _answers.labels(provider, str(status))


def register(registry: CollectorRegistry) -> None:
    """Add what all processes counted to a scrape; in a process that shares with nobody, what it counted itself."""
    if FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library's
    else:
        for figures in (_times, _answers, _refusals):
            registry.register(figures)
