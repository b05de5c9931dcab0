"""Ctrl-C and friends: remembered, and obeyed where it is safe, so that nothing is left half started."""

import signal
import threading
from types import FrameType

from scripts.stack import console

_asked = threading.Event()


class Interrupted(Exception):  # noqa: N818  # nothing went wrong
    """A person, or ``make down``, asked us to stop."""


def listen() -> None:
    """From now on SIGINT, SIGTERM and SIGHUP only leave a note."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _take_note)


def pause(seconds: float) -> None:
    """Sleep; raises Interrupted as soon as somebody asks us to stop."""
    if _asked.wait(seconds):
        raise Interrupted


def check() -> None:
    """Between two phases: raises Interrupted if somebody has asked us to stop."""
    if _asked.is_set():
        raise Interrupted


def wait() -> None:
    """Sleep until somebody asks us to stop."""
    _asked.wait()


def _take_note(number: int, frame: FrameType | None) -> None:
    del number, frame
    console.call_out("Still stopping: running tasks get time to finish." if _asked.is_set() else "Stopping…")
    _asked.set()
