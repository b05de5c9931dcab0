"""What a measurement stands on: real PostgreSQL and Redis in a folder of their own, and processes with nothing but their own settings."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import psycopg2.extras
import redis

from benchmarks.faults.processes import Process
from scripts.stack import places, postgres, redis_server
from scripts.twin import config

SECRET_KEY = "benchmark-secret-key-0123456789abcdef"  # noqa: S105 - it guards a folder that is deleted in the end

# what Redis kept is read again when it comes back
RELOAD_POLL_S = 0.05


class Rig:
    """The servers of one measurement, and whatever runs beside them."""

    def __init__(self, folder: Path) -> None:
        """Start nothing yet."""
        self.places = places.of(folder / "run")
        self.places.make()
        self._processes: list[Process] = []

    def start(self) -> None:
        """PostgreSQL, durable as on a host, and Redis."""
        self.postgres = postgres.start(self.places)
        self.redis = redis_server.start(self.places)

    def stop(self) -> None:
        """Everything that was started."""
        for process in reversed(self._processes):
            process.kill_group()
        self.redis.stop()
        self.postgres.stop()
        self.places.remove()

    def flush_redis(self) -> None:
        """Redis forgets all."""
        with redis.Redis.from_url(self.redis.url) as client:
            client.flushall()

    def restart_redis(self) -> None:
        """Redis comes back where it was."""
        self.redis = redis_server.start(self.places, self.redis.url)
        with redis.Redis.from_url(self.redis.url) as client:
            while client.info("persistence")["loading"]:
                time.sleep(RELOAD_POLL_S)

    def database(self, name: str) -> str:
        """The URL of a new, empty database."""
        self.rows(self.postgres.url, f'CREATE DATABASE "{name}"')
        return urlunsplit(urlsplit(self.postgres.url)._replace(path=f"/{name}"))

    def process(self, name: str, command: str, environment: Mapping[str, str]) -> Process:
        """A process that is killed in the end."""
        made = Process(name, command, environment, self.places.logs / f"{name}.log")
        self._processes.append(made)
        return made

    def environment(self, database: str, port: int, **own: str) -> dict[str, str]:
        """What a process gets; nothing of the shell's own settings but its PATH."""
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "HOME": os.environ.get("HOME", "/"),
            "DATABASE_URL": database,
            "REDIS_URL": self.redis.url,
            "PORT": str(port),
            "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}",
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
            "SECRET_KEY": SECRET_KEY,
            "ENVIRONMENT": "benchmark",
            "TWILIO_ACCOUNT_SID": config.ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": config.AUTH_TOKEN,
            "SEND_SMS": "0",
            "TMPDIR": str(self.places.temporary),
            # the front is killed in the end and leaves it behind
            "PROMETHEUS_MULTIPROC_DIR": str(self.places.temporary),
            "PYTHONUNBUFFERED": "1",
            **own,
        }

    def rows(self, database: str, query: str, *parameters: object) -> list[dict[str, Any]]:
        """The rows of a query, in libpq's spelling (%s), on a connection of its own."""
        connection = psycopg2.connect(database, cursor_factory=psycopg2.extras.RealDictCursor)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query, parameters[0] if len(parameters) == 1 and isinstance(parameters[0], dict) else parameters or None)
                return [dict(row) for row in cursor.fetchall()] if cursor.description else []
        finally:
            connection.close()


@contextmanager
def opened() -> Iterator[Rig]:
    """A rig whose servers run, in a folder that is deleted in the end."""
    folder = Path(tempfile.mkdtemp(prefix="hookline-bench-"))
    rig = Rig(folder)
    try:
        rig.start()
        yield rig
    finally:
        rig.stop()
        shutil.rmtree(folder, ignore_errors=True)
