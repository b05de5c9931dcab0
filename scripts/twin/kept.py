"""A dictionary that forgets its oldest entries."""

import threading
from typing import Generic, TypeVar

KEPT = 10_000
Value = TypeVar("Value")


class Kept(Generic[Value]):
    """Entries by key, in the order in which they came; beyond ``limit`` the oldest make room."""

    def __init__(self, limit: int = KEPT) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._limit = limit
        self._values: dict[str, Value] = {}

    def put(self, key: str, value: Value) -> None:
        """Add or replace."""
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._limit:
                del self._values[next(iter(self._values))]

    def get(self, key: str) -> Value | None:
        """The entry, if it is (still) there."""
        return self._values.get(key)

    def newest_first(self) -> list[Value]:
        """All of them."""
        with self._lock:
            return list(reversed(self._values.values()))

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._values.clear()
