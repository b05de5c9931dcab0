"""What happens around every vendor operation: journal, modes, credentials."""

import time
from collections.abc import Callable
from functools import wraps

from flask import g, request
from werkzeug.wrappers import Response

from scripts.twin import mischief
from scripts.twin.journal import Entry
from scripts.twin.mischief import Vendor
from scripts.twin.modes import Mode
from scripts.twin.world import here

View = Callable[..., Response]


def guarded(vendor: Vendor, operation: str) -> Callable[[View], View]:
    """Write the request down, let a mode have its way, refuse strangers, and only then do what was asked."""

    def wrap(view: View) -> View:
        @wraps(view)
        def answered(**names: str) -> Response:
            entry, begin = _opened(vendor, operation), time.perf_counter()
            answer = _answer(vendor, view, names)
            entry.took_ms = (time.perf_counter() - begin) * 1000
            entry.status = None if mischief.was_cut(answer) else answer.status_code
            return answer

        return answered

    return wrap


def mode_is(name: str) -> bool:
    """Whether this request is to misbehave in this way; for the modes that take part in the work."""
    mode = current_mode()
    return mode is not None and mode.mode == name


def current_mode() -> Mode | None:
    """The mode of this request."""
    mode: Mode | None = g.mode
    return mode


def current_entry() -> Entry:
    """The journal's entry of this request."""
    entry: Entry = g.entry
    return entry


def note(*, paid: bool = False, **about: str) -> None:
    """Add to the journal's entry of this request."""
    entry = current_entry()
    entry.paid = entry.paid or paid
    entry.about |= about


def _opened(vendor: Vendor, operation: str) -> Entry:
    world = here()
    # the body is read whatever comes: left unread it would be taken for the next request of the connection
    entry = world.journal.open(
        vendor.name, operation, "in", request.method, request.path, request.get_data(cache=True), dict(request.headers)
    )
    g.entry, g.mode = entry, world.modes.choose(vendor.name, operation)
    entry.mode = g.mode.mode if g.mode else None
    return entry


def _answer(vendor: Vendor, view: View, names: dict[str, str]) -> Response:
    mode, clock = current_mode(), here().clock
    if (bad := mischief.instead_of_work(mode, vendor, clock)) is not None:
        return bad
    if (refused := vendor.refuse_stranger()) is not None:
        return refused
    return mischief.after_work(mode, vendor, clock, view(**names))
