"""A real PostgreSQL and a real Redis for one test session.

DATABASE_URL and REDIS_URL of the shell are never used: what they name may be somebody's data.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.harness.servers import Servers
from scripts.stack import leftovers, places
from tests.support import memory


@contextmanager
def running(run_dir: Path | None = None) -> Iterator[tuple[str, str]]:
    """Database URL and Redis URL for as long as the block lasts; the data goes with it. What killed sessions left is swept first."""
    _sweep()
    here = places.of(run_dir or memory.folder() / str(os.getpid()))
    here.make()
    try:
        servers = Servers(here, durable=False)
        try:
            yield servers.postgres.url, servers.redis.url
        finally:
            servers.stop()
    finally:
        here.remove()


def _sweep() -> None:
    for folder in memory.folder().glob("[0-9]*"):
        if not psutil.pid_exists(int(folder.name)):
            dead = places.of(folder)
            leftovers.end(dead)
            dead.remove()
