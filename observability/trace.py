"""One trace id from a vendor's request through every step that it causes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from secrets import token_hex
from typing import Protocol

_current: ContextVar[str] = ContextVar("trace_id", default="")

# what we accept from outside: no control characters, no room for data; anything else is replaced
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")

# https://www.w3.org/TR/trace-context/: version, trace id, parent id, flags; a trace id of zeros is invalid
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

HEADER = "X-Trace-Id"

# of so many pieces of work, the latest, a process that handed them on still knows the trace id
REMEMBERED_AT_MOST = 1_000
_handed_on: dict[str, str] = {}


def current() -> str:
    """The trace id of the work at hand; empty outside of any."""
    return _current.get()


def accept(*candidates: str | None) -> str:
    """The first candidate that is fit to be a trace id, else a new one."""
    return next((text for text in candidates if text and _ACCEPTED.fullmatch(text)), None) or token_hex(16)


class Headers(Protocol):
    """A request's headers, whatever framework holds them."""

    def get(self, name: str, /) -> str | None:
        """The value of a header, or None."""
        ...


def of_request(headers: Headers) -> str:
    """The trace id that a request brings: ``X-Trace-Id``, else ``X-Request-ID``, else the one in ``traceparent``, else a new one."""
    parent = _TRACEPARENT.fullmatch(headers.get("traceparent") or "")
    return accept(headers.get(HEADER), headers.get("X-Request-ID"), parent and parent[1])


def begin(trace_id: str) -> None:
    """Do what follows in this thread under this trace id; for hooks that have a beginning and an end but no block."""
    _current.set(trace_id)


@contextmanager
def traced(trace_id: str) -> Iterator[str]:
    """Do a piece of work under this trace id."""
    token = _current.set(trace_id)
    try:
        yield trace_id
    finally:
        _current.reset(token)


def remember(work: str, trace_id: str) -> None:
    """Note under which trace id somebody else does a piece of work, by the id under which it is spoken of."""
    while len(_handed_on) >= REMEMBERED_AT_MOST:
        _handed_on.pop(next(iter(_handed_on)), None)
    _handed_on[work] = trace_id


def of_work(*words: object) -> str:
    """The trace id of the work that one of these words is the id of; empty if none is."""
    return next((_handed_on[word] for word in words if isinstance(word, str) and word in _handed_on), "")
