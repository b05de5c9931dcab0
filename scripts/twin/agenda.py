"""What the twin does later, on its own clock: callbacks, webhooks and their repetitions."""

import heapq
import threading
import traceback
from collections.abc import Callable
from itertools import count

from scripts.twin.clock import Clock

WORKERS = 16
JOIN_S = 0.2

Job = Callable[[], None]


class Agenda:
    """Jobs in the order in which they are due, done by a few threads, so that one hung receiver stops nobody else."""

    def __init__(self, clock: Clock) -> None:
        """Start the threads; they end with the clock."""
        self._clock = clock
        self._jobs: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._threads = [threading.Thread(target=self._work, name=f"twin-agenda-{n}", daemon=True) for n in range(WORKERS)]
        for thread in self._threads:
            thread.start()

    def after(self, seconds: float, job: Job) -> None:
        """Do it so many seconds of the twin's time from now."""
        with self._clock.changed:
            heapq.heappush(self._jobs, (self._clock.now() + seconds, next(self._numbers), job))
            self._clock.changed.notify_all()

    def clear(self) -> None:
        """Forget what has not begun."""
        with self._clock.changed:
            self._jobs.clear()

    def join(self) -> None:
        """Give the threads a moment to see that the clock has stopped."""
        for thread in self._threads:
            thread.join(JOIN_S)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception:  # noqa: BLE001 - one broken job must not take a thread from all others
                traceback.print_exc()

    def _next(self) -> Job | None:
        clock = self._clock
        with clock.changed:
            while not clock.stopped:
                left = self._jobs[0][0] - clock.now() if self._jobs else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._jobs)[2]
                clock.wait(left)
        return None
