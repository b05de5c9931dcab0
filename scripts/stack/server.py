"""One of the stack's own servers: watched like any process, and started again where it was."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from scripts.stack.postgres import Postgres
from scripts.stack.redis_server import Redis


@dataclass(slots=True)
class Server:
    """PostgreSQL or Redis. ``launch`` gets the URL of last time, empty at first, and must serve at it again."""

    name: str
    launch: Callable[[str], Postgres | Redis]
    running: Postgres | Redis | None = None
    restarts: int = 0
    started: float = 0.0
    next_start: float = 0.0

    @property
    def url(self) -> str:
        return self.running.url if self.running else ""

    @property
    def pid(self) -> int | None:
        return self.running.process.pid if self.running else None

    def start(self) -> None:
        """Start it. Raises StackError."""
        self.running = self.launch(self.url)
        self.started = time.monotonic()

    def is_alive(self) -> bool:
        return self.running is not None and self.running.process.poll() is None

    def end_remains(self) -> None:
        """Nothing to do: each server ends at its start what an earlier one left behind."""

    def stop(self) -> None:
        """Stop the one that runs now."""
        if self.running is not None and self.is_alive():
            self.running.stop()
