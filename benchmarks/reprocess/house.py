"""The whole product on a rig of its own, with the twin as its vendors; and commands, as a person at a terminal gives them."""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from celery import Celery

from benchmarks.harness import database, product
from benchmarks.harness import rig as rigs
from benchmarks.harness.processes import BEHIND, Process
from benchmarks.harness.product import FRONT_PROCESSES, READY_FRONT, READY_WORKER
from benchmarks.harness.rig import Rig
from scripts.stack import commands, ports, twin
from scripts.twin.client import TwinClient

Seen = TypeVar("Seen")

POLL_S, TELL_EVERY_S = 0.2, 15.0
ANSWERS_WITHIN_S = 20.0
WORKERS = ("worker", "live", "batch")
SETTINGS = {
    # a run that was under way when its worker died is free again after a lease, which is made of this
    "WORKER_TIMEOUT_SECONDS": "5",
    "PRICES": json.dumps({"openai:gpt-6-luna": {"input_tokens": 2e-6, "output_tokens": 8e-6}}),
}


class OverdueError(RuntimeError):
    """The measurement took longer than it may."""


class House:
    """Front, workers, beat and twin. On a host each has a machine of its own; here whoever answers a vendor goes first."""

    def __init__(self, rig: Rig, limit_s: float) -> None:
        """Start nothing yet; ``limit_s`` is how long everything together may take from now on."""
        self._rig, self._ends = rig, time.monotonic() + limit_s
        self.port, self._twin_port = ports.free(), ports.free()
        self.url, twin_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self._twin_port}"
        self.twin = TwinClient(twin_url)
        self._environment = rig.environment(rig.servers.postgres.url, self.port, **twin.settings(twin_url), **SETTINGS)
        self._control = Celery("benchmark", broker=rig.servers.redis.url).control
        self._given = 0

    def start(self) -> None:
        """As a host does: release, then the Procfile's processes; calls are answered by SMS."""
        self._process("twin", twin.command(self._twin_port, self.url, self.url)).ready("twin ready")
        self.intake = product.release(self._rig, self._environment)
        self.run("celery -A tasks organization --answer-calls-by-sms")
        web = self._rig.process("web", commands.procfile()["web"], self._environment)
        web.start()
        self._process("beat", commands.procfile()["beat"])
        self._workers = {name: self._process(name, commands.procfile()[name]) for name in WORKERS}
        web.ready(READY_FRONT, FRONT_PROCESSES)
        for worker in self._workers.values():
            worker.ready(READY_WORKER)

    def rows(self, query: str, *parameters: object, **named: object) -> list[dict[str, Any]]:
        """The rows of a query, in libpq's spelling (``%s``, or ``%(name)s``)."""
        return database.rows(self._rig.servers.postgres.url, query, *parameters, **named)

    def begin(self, words: str) -> Process:
        """Give a command, and do not wait for it."""
        self._given += 1
        return self._process(f"command{self._given}", words)

    def run(self, words: str) -> str:
        """Give a command; what it said until its end. Raises RuntimeError if it failed."""
        command = self.begin(words)
        self.until(lambda: not command.is_alive(), f"`{words}` ends")
        said = command.log.read_text(encoding="utf-8", errors="replace")
        if command.exit_code():
            raise RuntimeError(f"`{words}` ended with {command.exit_code()}: {said[-2_000:]}")
        return said

    def until(self, look: Callable[[], Seen | None], what: str) -> Seen:
        """Look again and again until there is something to see. Raises OverdueError, and RuntimeError if a worker has ended by itself."""
        told = time.monotonic()
        while not (found := look()):
            gone = [each.name for each in self._rig.processes if each.name in WORKERS and each.is_wanted and not each.is_alive()]
            if gone:
                raise RuntimeError(f"{', '.join(gone)} ended by itself")
            if time.monotonic() > self._ends:
                raise OverdueError(f"still to be seen is that {what}")
            if time.monotonic() > told + TELL_EVERY_S:
                told = time.monotonic()
                tell(f"waiting until {what}")
            time.sleep(POLL_S)
        return found

    def let_batch_work(self, *, on: bool) -> None:
        """Tell the batch worker to take from its queue, or to finish what it has and take no more. Raises RuntimeError if it is deaf."""
        tell = self._control.add_consumer if on else self._control.cancel_consumer
        worker = f"batch@{socket.gethostname()}"
        if not tell("batch", destination=[worker], reply=True, timeout=ANSWERS_WITHIN_S):
            raise RuntimeError(f"{worker} does not answer")

    def kill_batch_worker(self) -> None:
        """SIGKILL for the worker and its children, as when its machine dies."""
        self._workers["batch"].kill_group()

    def start_batch_worker(self) -> None:
        """A new one in its place."""
        worker = self._workers["batch"]
        said = worker.said(READY_WORKER)
        worker.start()
        worker.ready(READY_WORKER, said + 1)

    def _process(self, name: str, command: str) -> Process:
        made = self._rig.process(name, f"{BEHIND}{command}", self._environment)
        made.start()
        return made


@contextmanager
def opened(limit_s: float) -> Iterator[House]:
    """A house that works, in a folder that is deleted in the end; ``HOOKLINE_BENCHMARK_KEEP_LOGS`` names one in which logs outlive it."""
    with rigs.opened("reprocess", keep_logs=os.environ.get("HOOKLINE_BENCHMARK_KEEP_LOGS", "")) as rig:
        house = House(rig, limit_s)
        house.start()
        yield house


def tell(words: str) -> None:
    """What is being done, for whoever waits."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", file=sys.stderr, flush=True)


def kill(command: Process) -> bool:
    """SIGKILL for a command; False if it had ended by itself before."""
    if not command.is_alive():
        return False
    command.is_wanted = False
    command.tell_group(signal.SIGKILL)
    return True
