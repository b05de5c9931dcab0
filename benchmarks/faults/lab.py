"""A laboratory: real PostgreSQL, Redis, vendor twin, gunicorn and workers of one house, in a folder of their own, to be harmed."""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg2
import psycopg2.extras
import redis

from benchmarks.faults.processes import BEHIND, Process
from benchmarks.faults.traffic import Delivery
from benchmarks.faults.verdict import Ending
from scripts.stack import places, ports, postgres, redis_server, twin
from scripts.twin import config
from scripts.twin.client import TwinClient

SECRET_KEY = "fault-suite-secret-key-0123456789abcdef"  # noqa: S105 - it guards a folder that is deleted in the end
BARE = "env GUNICORN_CMD_ARGS= gunicorn benchmarks.faults.bare:app --worker-class gthread --threads 2 --no-control-socket"
# none of these is a worker
OTHERS = {"web", "twin", "bare"}
READY_WEB, READY_WORKER, READY_TWIN = "Booting worker", " ready", "twin ready"


class House(Protocol):
    """What is under test: the product, or the stock application that it is compared with."""

    name: str

    def release(self, lab: "Lab") -> None:
        """Make its tables."""

    def web(self, sabotage: str) -> str:
        """The command of its front, on ``$PORT`` of loopback; ``sabotage`` names what shall happen in it."""

    def worker(self, name: str, sabotage: str) -> str:
        """The command of a worker for all of its queues."""

    def deliveries(self, lab: "Lab", count: int, mix: str) -> list[Delivery]:
        """What the vendors send, one webhook for each key."""

    def unfinished(self, lab: "Lab") -> int:
        """How much is still to be done; asked again and again, so it must be cheap."""

    def endings(self, lab: "Lab") -> Mapping[str, Ending]:
        """What became of each key that it knows of."""

    def broken(self, lab: "Lab") -> list[str]:
        """Which of its own promises it says it has broken, in words."""


class Lab:
    """The servers and processes of one experiment."""

    def __init__(self, house: House, folder: Path, environment: Mapping[str, str], *, sabotage: str, durable: bool) -> None:
        """Start nothing yet. ``sabotage`` is what every worker gets unless it is told otherwise."""
        self.house, self.sabotage, self._durable = house, sabotage, durable
        self.places = places.of(folder / "run")
        self.places.make()
        self.port, self._twin_port, self._bare_port = ports.free(), ports.free(), ports.free()
        self.url, self.twin_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self._twin_port}"
        self.bare_url = f"http://127.0.0.1:{self._bare_port}"
        self.twin = TwinClient(self.twin_url)
        self._own = dict(environment)
        self._processes: list[Process] = []
        self._retiring = ThreadPoolExecutor(thread_name_prefix="retiring")
        self._retirements: list[Future[int]] = []

    @contextmanager
    def servers(self) -> Iterator["Lab"]:
        """PostgreSQL, Redis and the twin, and the house's tables, until the block ends."""
        with ExitStack() as cleanup:
            self.postgres = postgres.start(self.places, durable=self._durable)
            cleanup.callback(self._stop_servers)
            self.redis = redis_server.start(self.places)
            cleanup.callback(self._end_processes)
            self.twin_process = self.process("twin", f"{BEHIND}{twin.command(self._twin_port, self.url, self.url)}")
            self.twin_process.start()
            bare = self.process("bare", f"{BARE} --bind 127.0.0.1:{self._bare_port}")
            bare.start()
            self.house.release(self)
            self.twin_process.ready(READY_TWIN)
            bare.ready(READY_WEB)
            yield self

    def process(self, name: str, command: str) -> Process:
        """A process of this experiment; it is killed in the end."""
        made = Process(name, command, self.environment(), self.places.logs / f"{name}.log")
        self._processes.append(made)
        return made

    def start_web(self, sabotage: str = "") -> Process:
        """The front, listening."""
        self.web = self.process("web", self.house.web(sabotage))
        self.web.start()
        return self.web

    def start_worker(self, name: str = "worker", sabotage: str = "") -> Process:
        """A worker, from now on the one that faults are about; it may take seconds until it is ready."""
        self.worker = self.process(name, f"{BEHIND}{self.house.worker(name, sabotage)}")
        self.worker.start()
        return self.worker

    def without(self, harm: str) -> str:
        """What is built into the workers, but for one harm."""
        return ",".join(each for each in self.sabotage.split(",") if each != harm)

    def replace_worker(self) -> None:
        """A deploy: a new worker is started, the old one is asked to end and given a host's grace."""
        old, number = self.worker, len(self.workers)
        self.start_worker(f"worker{number}", self.sabotage)
        self._retirements.append(self._retiring.submit(old.stop))

    def gone(self) -> list[str]:
        """The processes that nobody asked to end and that are not there any more."""
        return [process.name for process in self._processes if process.is_wanted and not process.is_alive()]

    def harmed(self, harm: str) -> list[float]:
        """When a harm that was built into a process struck, on this machine's clock."""
        struck = [entry["at"] for process in self._processes for entry in process.entries("sabotage") if entry["harm"] == harm]
        return sorted(struck)

    def retired(self) -> list[int]:
        """The exit codes of all workers that were asked to end. Raises StubbornError for one that had to be killed."""
        return [retirement.result() for retirement in self._retirements]

    def ready(self) -> None:
        """Return when everything that was started says that it is ready."""
        self.web.ready(READY_WEB)
        for process in self._processes:
            if process.name not in OTHERS:
                process.ready(READY_WORKER)

    @property
    def workers(self) -> Sequence[Process]:
        """Every worker that was started."""
        return [process for process in self._processes if process.name not in OTHERS]

    def environment(self) -> dict[str, str]:
        """What every process of the experiment gets; nothing of the shell's own settings but its PATH."""
        return {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "HOME": os.environ.get("HOME", "/"),
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "PORT": str(self.port),
            "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{self.port}",
            "PUBLIC_BASE_URL": self.url,
            "SECRET_KEY": SECRET_KEY,
            "ENVIRONMENT": "faults",
            "TWILIO_ACCOUNT_SID": config.ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": config.AUTH_TOKEN,
            "TWILIO_BASE_URL": self.twin_url,
            "DEEPGRAM_BASE_URL": self.twin_url,
            "DEEPGRAM_API_KEY": config.DEEPGRAM_KEY,
            "OPENAI_BASE_URL": f"{self.twin_url}/v1",
            "TMPDIR": str(self.places.temporary),
            # the front is killed in the end and leaves it behind
            "PROMETHEUS_MULTIPROC_DIR": str(self.places.temporary),
            "PYTHONUNBUFFERED": "1",
            **self._own,
        }

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """The rows of a query, in libpq's spelling (%s)."""
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """A connection of our own beside the house's, autocommit."""
        connection = psycopg2.connect(self.postgres.url, cursor_factory=psycopg2.extras.RealDictCursor)
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def broker(self) -> "redis.Redis":
        """A client of the experiment's Redis."""
        return redis.Redis.from_url(self.redis.url, socket_timeout=5)

    def wipe_redis(self) -> None:
        """Redis dies and comes back empty."""
        self.redis.process.kill()
        self.redis.process.wait()
        shutil.rmtree(self.places.redis, ignore_errors=True)
        self.redis = redis_server.start(self.places, self.redis.url)

    def restart_postgres(self) -> None:
        """PostgreSQL is shut down at once, whatever is open, and recovers from its log."""
        self.postgres.process.send_signal(signal.SIGQUIT)
        self.postgres.process.wait()
        self.postgres = postgres.start(self.places, durable=self._durable)

    def _stop_servers(self) -> None:
        # whichever runs by now: faults put others in their place
        self.redis.stop()
        self.postgres.stop()

    def _end_processes(self) -> None:
        self._retiring.shutdown(wait=False, cancel_futures=True)
        for process in reversed(self._processes):
            process.kill_group()


@contextmanager
def opened(house: House, environment: Mapping[str, str], *, sabotage: str = "", durable: bool = True) -> Iterator[Lab]:
    """A laboratory whose servers run, in a folder that is deleted in the end."""
    folder = Path(tempfile.mkdtemp(prefix="hookline-faults-"))
    lab = Lab(house, folder, environment, sabotage=sabotage, durable=durable)
    try:
        with lab.servers():
            yield lab
    finally:
        kept = os.environ.get("HOOKLINE_FAULTS_KEEP_LOGS")
        if kept:
            shutil.copytree(lab.places.logs, Path(kept) / f"{folder.name}-{int(time.time())}")
        lab.places.remove()
        shutil.rmtree(folder, ignore_errors=True)
