"""Spares a database that is down: after a failure the front says 503 at once, and lets one request at a time find out more."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import StoreUnavailable

SHUT_S = 0.25
PROBE_AT_MOST_S = 2.5  # a probe that hangs longer than any of the front's own timeouts is given up
# A lock is no outage: it is the answer of a server that is well to whoever asks for one conversation, so it shuts the gate for that one.
# But so many conversations, within so many seconds and nobody let through between them, are a locked table, and all threads wait there
# (docs/decisions/0002-front.md reckons how long).
LOCKED_IN_A_ROW, ROW_S = 3, 1.0


class Gate:
    """Open until something inside raises StoreUnavailable; then shut for ``shut_s`` seconds, then ajar for one request."""

    def __init__(self, shut_s: float = SHUT_S) -> None:
        """Start open."""
        self._shut_s = shut_s
        self._lock = threading.Lock()
        self._failed = False
        self._next_probe_at = 0.0  # monotonic, like all times here
        self._locked: dict[str, float] = {}  # by conversation: when somebody may try it again
        self._row: dict[str, float] = {}  # the last ones that met a lock, and when

    @contextmanager
    def passing(self, about: str = "") -> Iterator[None]:
        """Do a piece of database work; raises StoreUnavailable, at once while the gate is shut.

        ``about`` is what the work locks: the conversation, in the vendor's words. Work without it only reads.
        """
        self._enter(about)
        try:
            yield
        except StoreUnavailable as error:
            self._locked_out(about) if error.locked and about else self._shut()
            raise
        except Exception:
            # the database answered, if only to object
            self._open(about)
            raise
        self._open(about)

    def _enter(self, about: str) -> None:
        with self._lock:
            now = time.monotonic()
            if now < (self._next_probe_at if self._failed else self._locked.get(about, 0.0)):
                raise StoreUnavailable("gate:shut" if self._failed else "gate:locked")
            # this request probes; nobody else until it is back
            if self._failed:
                self._next_probe_at = now + PROBE_AT_MOST_S
            if about in self._locked:
                self._locked[about] = now + PROBE_AT_MOST_S

    def _locked_out(self, about: str) -> None:
        with self._lock:
            now = time.monotonic()
            self._locked = {each: until for each, until in self._locked.items() if until > now - ROW_S} | {about: now + self._shut_s}
            self._row = {each: since for each, since in self._row.items() if since > now - ROW_S} | {about: now}
            if self._failed or len(self._row) >= LOCKED_IN_A_ROW:
                self._failed, self._next_probe_at = True, now + self._shut_s

    def _shut(self) -> None:
        with self._lock:
            self._failed, self._next_probe_at = True, time.monotonic() + self._shut_s

    def _open(self, about: str) -> None:
        with self._lock:
            self._failed = False
            if about:  # who has only read knows nothing of locks
                self._row.clear()
                self._locked.pop(about, None)


database = Gate()
