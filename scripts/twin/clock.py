"""The twin's own time, which tests can speed up."""

import threading
import time


class Clock:
    """Seconds that pass ``speed`` times as fast as real ones. ``changed`` is notified whenever a wait may have become shorter."""

    def __init__(self, speed: float = 1.0) -> None:
        """Start at zero."""
        self.changed = threading.Condition()
        self._stopped = False
        self._speed = speed
        self._base, self._since = 0.0, time.monotonic()

    @property
    def stopped(self) -> bool:
        """Whether the twin ends: nobody waits any longer."""
        return self._stopped

    def now(self) -> float:
        """Seconds of the twin's time since the start."""
        return self._base + (time.monotonic() - self._since) * self._speed

    def run_at(self, speed: float) -> None:
        """Change the pace; those who wait are told. Raises ValueError unless it is positive."""
        if not speed > 0:
            raise ValueError("speed must be a positive number, such as 100")
        with self.changed:
            self._base, self._since = self.now(), time.monotonic()
            self._speed = speed
            self.changed.notify_all()

    def stop(self) -> None:
        """Wake everybody who waits, for good."""
        with self.changed:
            self._stopped = True
            self.changed.notify_all()

    def sleep(self, seconds: float) -> None:
        """Wait for so long in the twin's time, or until it ends."""
        due = self.now() + seconds
        with self.changed:
            while not self._stopped and (left := due - self.now()) > 0:
                self.wait(left)

    def wait(self, seconds: float | None) -> None:
        """Wait at most so long in the twin's time, or for a change; the caller holds ``changed``."""
        self.changed.wait(None if seconds is None else seconds / self._speed)
