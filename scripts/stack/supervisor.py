"""Keeps the Procfile's processes running, as a host does: one that ends is started again, and all are stopped gently."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from honcho.process import Popen

from scripts.stack import console
from scripts.stack.commands import tail
from scripts.stack.errors import StackError
from scripts.stack.places import ROOT
from scripts.stack.server import Server

POLL_S = 0.2
KILL_WAIT_S = 60.0  # above celery's soft shutdown and gunicorn's graceful timeout
PATIENCE_S = 3.0  # after so long a person wants to know what we wait for
LONGEST_BACKOFF_S = 30.0
STEADY_AFTER_S = 60.0  # what has lived so long counts as well again: its next end waits no longer than a first one


@dataclass(slots=True)
class Child:
    """One line of the Procfile."""

    name: str
    command: str
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    restarts: int = 0
    started: float = 0.0
    next_start: float = 0.0

    def start(self) -> None:
        """Start it in a process group of its own; ``exec`` makes the pid the program's, not a shell's."""
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            environment = dict(self.environment)
            self.process = Popen(f"exec {self.command}", cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def end_remains(self) -> None:
        """End pool children that are without their parent."""
        self.signal(signal.SIGKILL, group=True)

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int, *, group: bool = False) -> None:
        """Signal the program, or everything it has left behind."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                (os.killpg if group else os.kill)(self.process.pid, number)


@dataclass(slots=True)
class Supervisor:
    """The processes of one stack, and its own servers. ``changed`` is told whenever one was started again.

    The servers are only watched: whoever started them stops them, after ``stop``.
    """

    children: list[Child]
    servers: list[Server] = field(default_factory=list)
    changed: Callable[[], object] = lambda: None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None

    def start(self) -> None:
        """Start all of them."""
        for child in self.children:
            child.start()

    def check(self) -> None:
        """Raises StackError, with the tail of its log, if one has ended while it should have been starting."""
        for child in self.children:
            if not child.is_alive():
                raise StackError(f"{child.name} ended while starting.\n{tail(child.log)}")

    def watch(self) -> None:
        """From now on start again whatever ends."""
        self._watcher = threading.Thread(target=self._keep_alive, name="supervisor", daemon=True)
        self._watcher.start()

    def pids(self) -> dict[str, int]:
        return {one.name: one.pid for one in self._all() if one.pid is not None}

    def _all(self) -> list[Child | Server]:
        return [*self.servers, *self.children]

    def stop(self) -> None:
        """Ask each program to stop, wait until its running tasks are done, end what is left after KILL_WAIT_S."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        for child in self.children:
            if child.is_alive():
                child.signal(signal.SIGTERM)  # the program alone: its own children finish their tasks
        self._wait_for_the_end()
        for child in self.children:
            child.signal(signal.SIGKILL, group=True)  # the whole group: nothing of it may outlive us
            if child.process is not None:
                child.process.wait()

    def _wait_for_the_end(self) -> None:
        begin = time.monotonic()
        told = False
        while time.monotonic() - begin < KILL_WAIT_S:
            alive = [child.name for child in self.children if child.is_alive()]
            if not alive:
                return
            if not told and time.monotonic() - begin > PATIENCE_S:
                console.note(f"waiting for {', '.join(alive)} to end: running work gets time to finish (at most {KILL_WAIT_S:.0f} s)")
                told = True
            time.sleep(POLL_S / 4)

    def _keep_alive(self) -> None:
        while not self._stopping.wait(POLL_S):
            for one in self._all():
                if not one.is_alive():
                    self._start_again(one)

    def _start_again(self, one: Child | Server) -> None:
        now = time.monotonic()
        if one.next_start == 0.0:
            one.end_remains()
            backoff = _backoff(one, now)
            one.next_start = now + backoff
            console.note(f"{one.name} ended; it starts again in {backoff:g} s (log: .run/logs/{one.name}.log)")
        elif now >= one.next_start:
            one.restarts, one.next_start = one.restarts + 1, 0.0
            self._try(one)

    def _try(self, one: Child | Server) -> None:
        try:
            one.start()
        except StackError as error:
            console.complain(f"{error}\nIf it stays so: `make down; make up`.", f"{one.name} did not start again")
            return
        if isinstance(one, Server):
            console.note(f"{one.name} is back")
        self.changed()


def _backoff(one: Child | Server, now: float) -> float:
    if now - one.started >= STEADY_AFTER_S:
        one.restarts = 0
    return float(min(0.5 * 2**one.restarts, LONGEST_BACKOFF_S))
