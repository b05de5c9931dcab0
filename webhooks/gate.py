"""Spares a database that is down: after a failure the front says 503 at once, and lets one request at a time find out more."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import StoreUnavailable

SHUT_S = 0.25
PROBE_AT_MOST_S = 2.5  # a probe that hangs longer than any of the front's own timeouts is given up


class Gate:
    """Open until something inside raises StoreUnavailable; then shut for ``shut_s`` seconds, then ajar for one request."""

    def __init__(self, shut_s: float = SHUT_S) -> None:
        """Start open."""
        self._shut_s = shut_s
        self._lock = threading.Lock()
        self._failed = False
        self._next_probe_at = 0.0  # monotonic

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Do a piece of database work; raises StoreUnavailable, at once while the gate is shut."""
        self._enter()
        try:
            yield
        except StoreUnavailable:
            self._set(failed=True)
            raise
        except Exception:
            # the database answered, if only to object
            self._set(failed=False)
            raise
        self._set(failed=False)

    def _enter(self) -> None:
        with self._lock:
            if not self._failed:
                return
            now = time.monotonic()
            if now < self._next_probe_at:
                raise StoreUnavailable("gate:shut")
            # this request probes; nobody else until it is back
            self._next_probe_at = now + PROBE_AT_MOST_S

    def _set(self, *, failed: bool) -> None:
        with self._lock:
            self._failed = failed
            self._next_probe_at = time.monotonic() + self._shut_s


database = Gate()
