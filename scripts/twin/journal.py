"""What the twin was asked and what it sent: in memory, bounded, without passwords or phone numbers."""

import hashlib
import threading
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

VENDORS = ("twilio", "deepgram", "openai")
KEPT = 20_000
OF_INTEREST = (
    "X-Request-Id",
    "X-Client-Request-Id",
    "Idempotency-Key",
    "I-Twilio-Idempotency-Token",
    "X-Stainless-Retry-Count",
    "Content-Type",
    "User-Agent",
)
HASH_CHARS = 16


@dataclass(slots=True)
class Entry:
    """One request in, one delivery out, or one moment on the line of a live call (``direction`` is ``in``, ``out`` or ``line``).

    ``paid``: the work was done, so that a vendor would bill it or the effect has happened.

    ``status`` is None as long as nothing was answered, and for good if the connection was closed instead.
    ``about`` holds what tells two requests apart: callback, to_hash, sids, request_id, model, schema, attempt; ``repeated``, if the
    work was done once more for an Idempotency-Key that had come before, which does not count as ``paid``; and ``what`` was said on a line.
    """

    number: int
    at: str
    vendor: str
    operation: str
    direction: str
    method: str
    path: str
    sha256: str
    headers: dict[str, str]
    mode: str | None = None
    status: int | None = None
    took_ms: float | None = None
    paid: bool = False
    about: dict[str, str] = field(default_factory=dict)


class Journal:
    """The entries in the order in which they began; the oldest make room."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._number = 0

    def open(self, vendor: str, operation: str, direction: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> Entry:
        """Write down that it begins; the caller fills in how it ended."""
        kept = {name: headers[name] for name in OF_INTEREST if name in headers}
        at = datetime.now(UTC).isoformat()
        with self._lock:
            self._number += 1
            entry = Entry(self._number, at, vendor, operation, direction, method, path, hashlib.sha256(body).hexdigest(), kept)
            self._entries.append(entry)
        return entry

    def read(self) -> list[dict[str, Any]]:
        """A copy of all that is kept."""
        with self._lock:
            return [asdict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()


def short_hash(text: str) -> str:
    """Enough of a hash to tell two numbers apart without showing either."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_CHARS]


def without_userinfo(url: str) -> str:
    """The URL without name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
