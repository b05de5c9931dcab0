"""Where a webhook's time went, told in its own answer: ``Server-Timing: verify;dur=…, store;dur=…, publish;dur=…`` (ms), and counted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from flask import Response, g

from observability import answer_times, context
from webhooks import vendor


class Phase(StrEnum):
    """What a webhook does, in this order."""

    VERIFY = "verify"
    STORE = "store"
    PUBLISH = "publish"


@contextmanager
def timed(phase: Phase) -> Iterator[None]:
    """Add the time of the block to a phase of the request at hand."""
    started = time.perf_counter()
    try:
        yield
    finally:
        spent = _spent()
        spent[phase] = spent.get(phase, 0.0) + (time.perf_counter() - started) * 1_000


def begin() -> None:
    """Note when a webhook began, and whose it is."""
    g.webhook_began = time.perf_counter()
    context.about(integration=vendor.named())


def tell(response: Response) -> Response:
    """Write the phases onto an answer, and count them; one that was not reached shows 0."""
    spent, provider = _spent(), vendor.named()
    now = time.perf_counter()
    answer_times.took(provider, "answer", now - g.get("webhook_began", now))
    for phase, spent_ms in spent.items():
        answer_times.took(provider, phase, spent_ms / 1_000)
    answer_times.answered(provider, response.status_code)
    response.headers["Server-Timing"] = ", ".join(f"{phase};dur={spent.get(phase, 0.0):.2f}" for phase in Phase)
    return response


def _spent() -> dict[Phase, float]:
    spent: dict[Phase, float] = g.setdefault("webhook_phases", {})
    return spent
