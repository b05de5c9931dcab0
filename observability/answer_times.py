"""How long webhooks took to answer, by vendor and phase: one histogram for all processes of a front."""

import os
from contextlib import suppress

from prometheus_client import CollectorRegistry, Histogram
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


def took(provider: str, phase: str, seconds: float) -> None:
    """Count one phase of one answer; whatever becomes of the counting, the answer is given."""
    with suppress(Exception):
        _times.labels(provider, phase).observe(seconds)


def register(registry: CollectorRegistry) -> None:
    """Add what all processes counted to a scrape; in a process that shares with nobody, what it counted itself."""
    if FOLDER in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library's
    else:
        registry.register(_times)
