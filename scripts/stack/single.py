"""One stack per checkout: a lock that the kernel lets go of when its holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another stack holds the lock; ``pid`` is its supervisor."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"a stack already runs here (process {pid})")
        self.pid = pid


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock. Raises AlreadyRunningError."""
    with path.open("a+", encoding="utf-8") as file:
        if not _take(file.fileno()):
            raise AlreadyRunningError(_pid(path))
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
        file.truncate(0)


def holder(path: Path) -> int | None:
    """The process that holds the lock, None if nobody does."""
    if not path.exists():
        return None
    with path.open("r+", encoding="utf-8") as file:
        return None if _take(file.fileno()) else _pid(path)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(path: Path) -> int:
    return int(path.read_text(encoding="utf-8") or 0)
