"""A laboratory: the vendors' twin, gunicorn and workers of one house on a rig of their own, to be harmed."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

from benchmarks.faults.traffic import Delivery
from benchmarks.faults.verdict import Ending
from benchmarks.harness import database
from benchmarks.harness import rig as rigs
from benchmarks.harness.processes import BEHIND, Process
from benchmarks.harness.product import READY_FRONT, READY_WORKER
from benchmarks.harness.rig import Rig
from scripts.stack import ports, twin
from scripts.twin import config
from scripts.twin.client import TwinClient

BARE = "env GUNICORN_CMD_ARGS= gunicorn benchmarks.faults.bare:app --worker-class gthread --threads 2 --no-control-socket"
# none of these is a worker
OTHERS = {"web", "twin", "bare"}
READY_TWIN = "twin ready"


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
    """The processes of one experiment."""

    def __init__(self, house: House, rig: Rig, environment: Mapping[str, str], *, sabotage: str) -> None:
        """Start nothing yet. ``sabotage`` is what every worker gets unless it is told otherwise."""
        self.house, self.rig, self.servers, self.sabotage = house, rig, rig.servers, sabotage
        self.port, self._twin_port, self._bare_port = ports.free(), ports.free(), ports.free()
        self.url, self.twin_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self._twin_port}"
        self.bare_url = f"http://127.0.0.1:{self._bare_port}"
        self.twin = TwinClient(self.twin_url)
        self._own = dict(environment)
        self._retiring = ThreadPoolExecutor(thread_name_prefix="retiring")
        self._retirements: list[Future[int]] = []

    def start(self) -> None:
        """The twin, the bare server and the house's tables."""
        self.twin_process = self.process("twin", f"{BEHIND}{twin.command(self._twin_port, self.url, self.url)}")
        self.twin_process.start()
        bare = self.process("bare", f"{BARE} --bind 127.0.0.1:{self._bare_port}")
        bare.start()
        self.house.release(self)
        self.twin_process.ready(READY_TWIN)
        bare.ready(READY_FRONT)

    def end(self) -> None:
        """Nobody is waited for any more; the rig kills them all."""
        self._retiring.shutdown(wait=False, cancel_futures=True)

    def process(self, name: str, command: str) -> Process:
        """A process of this experiment; it is killed in the end."""
        return self.rig.process(name, command, self.environment())

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
        return [process.name for process in self.rig.processes if process.is_wanted and not process.is_alive()]

    def harmed(self, harm: str) -> list[float]:
        """When a harm that was built into a process struck, on this machine's clock."""
        struck = [entry["at"] for process in self.rig.processes for entry in process.entries("sabotage") if entry["harm"] == harm]
        return sorted(struck)

    def retired(self) -> list[int]:
        """The exit codes of all workers that were asked to end. Raises StubbornError for one that had to be killed."""
        return [retirement.result() for retirement in self._retirements]

    def ready(self) -> None:
        """Return when everything that was started says that it is ready."""
        self.web.ready(READY_FRONT)
        for process in self.workers:
            process.ready(READY_WORKER)

    @property
    def workers(self) -> Sequence[Process]:
        """Every worker that was started."""
        return [process for process in self.rig.processes if process.name not in OTHERS]

    def environment(self) -> dict[str, str]:
        """What every process of the experiment gets."""
        vendors = {
            "TWILIO_BASE_URL": self.twin_url,
            "DEEPGRAM_BASE_URL": self.twin_url,
            "DEEPGRAM_API_KEY": config.DEEPGRAM_KEY,
            "OPENAI_BASE_URL": f"{self.twin_url}/v1",
        }
        return self.rig.environment(self.servers.postgres.url, self.port, **{"ENVIRONMENT": "faults", **vendors, **self._own})

    def rows(self, query: str, *parameters: object) -> list[dict[str, Any]]:
        """The rows of a query, in libpq's spelling (%s)."""
        return database.rows(self.servers.postgres.url, query, *parameters)


@contextmanager
def opened(house: House, environment: Mapping[str, str], *, sabotage: str = "", durable: bool = True) -> Iterator[Lab]:
    """A laboratory whose servers run, in a folder that is deleted in the end."""
    with rigs.opened("faults", durable=durable, keep_logs=os.environ.get("HOOKLINE_FAULTS_KEEP_LOGS", "")) as rig:
        lab = Lab(house, rig, environment, sabotage=sabotage)
        try:
            lab.start()
            yield lab
        finally:
            lab.end()
