"""One trace id from a vendor's request through every step that it causes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

_current: ContextVar[str] = ContextVar("trace_id", default="")

# what we accept from outside: no control characters, no room for data; anything else is replaced
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def current() -> str:
    """The trace id of the work at hand; empty outside of any."""
    return _current.get()


def accept(*candidates: str | None) -> str:
    """The first candidate that is fit to be a trace id, else a new one."""
    return next((text for text in candidates if text and _ACCEPTED.fullmatch(text)), None) or uuid4().hex


@contextmanager
def traced(trace_id: str) -> Iterator[str]:
    """Do a piece of work under this trace id."""
    token = _current.set(trace_id)
    try:
        yield trace_id
    finally:
        _current.reset(token)
