"""What an experiment or a measurement runs on: servers in a folder of its own, and processes that get nothing but their own settings."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.harness.processes import Process
from benchmarks.harness.servers import Servers
from scripts.stack import places
from scripts.stack.places import Places
from scripts.twin import config

SECRET_KEY = "benchmark-secret-key-0123456789abcdef"  # noqa: S105 - it guards a folder that is deleted in the end


class Rig:
    """The servers, and whatever runs beside them."""

    def __init__(self, here: Places, servers: Servers) -> None:
        """``servers`` run in ``here``, and so do all processes."""
        self.places, self.servers = here, servers
        self.processes: list[Process] = []

    def process(self, name: str, command: str, environment: Mapping[str, str]) -> Process:
        """A process that is not started yet and is killed in the end; ``name`` is its log's, too."""
        made = Process(name, command, environment, self.places.logs / f"{name}.log")
        self.processes.append(made)
        return made

    def kill_processes(self) -> None:
        """SIGKILL for whatever still runs, the youngest first."""
        for process in reversed(self.processes):
            process.kill_group()

    def environment(self, database: str, port: int, **own: str) -> dict[str, str]:
        """What a process gets; nothing of the shell's own settings but its PATH. A front listens on ``port`` of loopback."""
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "HOME": os.environ.get("HOME", "/"),
            "DATABASE_URL": database,
            "REDIS_URL": self.servers.redis.url,
            "PORT": str(port),
            "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{port}",
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
            "SECRET_KEY": SECRET_KEY,
            "RATE_LIMITS": '{"free": 1000000}',  # one key reads as fast as it can
            "ENVIRONMENT": "benchmark",
            "TWILIO_ACCOUNT_SID": config.ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": config.AUTH_TOKEN,
            "TMPDIR": str(self.places.temporary),
            # the front is killed in the end and leaves it behind
            "PROMETHEUS_MULTIPROC_DIR": str(self.places.temporary),
            "PYTHONUNBUFFERED": "1",
            **own,
        }


@contextmanager
def opened(name: str, *, durable: bool = True, keep_logs: str = "") -> Iterator[Rig]:
    """A rig whose servers run, in a folder that is deleted in the end; ``keep_logs`` is a folder in which the logs outlive it."""
    folder = Path(tempfile.mkdtemp(prefix=f"hookline-{name}-"))
    here = places.of(folder / "run")
    here.make()
    try:
        with _serving(here, durable=durable) as rig:
            yield rig
    finally:
        if keep_logs:
            shutil.copytree(here.logs, Path(keep_logs) / f"{folder.name}-{int(time.time())}")
        here.remove()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serving(here: Places, *, durable: bool) -> Iterator[Rig]:
    servers = Servers(here, durable=durable)
    rig = Rig(here, servers)
    try:
        yield rig
    finally:
        rig.kill_processes()
        servers.stop()
