"""How often requests were let through uncounted, because Redis could not count them."""

import os
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter

from observability.answer_times import FOLDER

_unavailable = Counter(
    "hookline_rate_limit_unavailable", "Requests that were let through uncounted, because Redis did not answer", registry=None
)


def uncounted() -> None:
    """One more; whatever becomes of the counting, the request is served."""
    with suppress(Exception):
        _unavailable.inc()


def register(registry: CollectorRegistry) -> None:
    """Add it to a scrape; where processes share a folder, what is read of that has it already (``answer_times.register``)."""
    if FOLDER not in os.environ:
        registry.register(_unavailable)
