"""Where a webhook's time went, told in its own answer: ``Server-Timing: verify;dur=…, store;dur=…, publish;dur=…`` (ms), and counted."""

import time
from dataclasses import dataclass, field
from enum import StrEnum

from flask import Response, g

from observability import answer_times, context
from webhooks import vendor


class Phase(StrEnum):
    """What a webhook does, in this order."""

    VERIFY = "verify"
    STORE = "store"
    PUBLISH = "publish"


_IN_ORDER = tuple(Phase)


@dataclass(slots=True)
class _Visit:
    provider: str = field(default_factory=vendor.named)
    began: float = field(default_factory=time.perf_counter)
    spent_ms: dict[Phase, float] = field(default_factory=dict)


class timed:  # noqa: N801 - it reads as what it does; as a class it costs a third of what it would as a generator
    """Add the time of the block to a phase of the request at hand."""

    __slots__ = ("_phase", "_started")

    def __init__(self, phase: Phase) -> None:
        """The block has not begun yet."""
        self._phase = phase

    def __enter__(self) -> None:
        """It begins."""
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        """It has ended, one way or another."""
        spent_ms = _visit().spent_ms
        spent_ms[self._phase] = spent_ms.get(self._phase, 0.0) + (time.perf_counter() - self._started) * 1_000


def begin() -> None:
    """Note when a webhook began, and whose it is."""
    visit = g.visit = _Visit()
    context.about(integration=visit.provider)


def tell(response: Response) -> Response:
    """Write the phases onto an answer, and count them; one that was not reached shows 0."""
    visit = _visit()
    answer_times.took(visit.provider, "answer", time.perf_counter() - visit.began)
    for phase, spent_ms in visit.spent_ms.items():
        answer_times.took(visit.provider, phase, spent_ms / 1_000)
    answer_times.answered(visit.provider, response.status_code)
    response.headers["Server-Timing"] = ", ".join([f"{phase};dur={visit.spent_ms.get(phase, 0.0):.2f}" for phase in _IN_ORDER])
    return response


def _visit() -> _Visit:
    # one that was refused before it could begin here has taken no time
    found: _Visit = g.get("visit") or g.setdefault("visit", _Visit())
    return found
