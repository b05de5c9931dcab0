"""One process of a house, in a group of its own, with every way in which a process can come to harm."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from scripts.stack.places import ROOT

GRACE_S = 28.0  # below the 30 s that a host grants between SIGTERM and SIGKILL
POLL_S = 0.05
# Goes before a command. On a host, front and workers have machines of their own; here they share two cores, and whoever answers a vendor
# goes first. Linux shares a machine out by session before it asks who is nice, so the session has to be nice too.
BEHIND = """sh -c '{ echo 10 > /proc/self/autogroup; } 2> /dev/null; exec nice -n 10 "$@"' behind """


class StubbornError(RuntimeError):
    """A process did not do in time what was asked of it."""


class Process:
    """A command that can be started again and again; its output is added to one log."""

    def __init__(self, name: str, command: str, environment: Mapping[str, str], log: Path, root: Path = ROOT) -> None:
        """Start nothing yet. ``root`` is the working directory: the tree whose code it runs."""
        self.name = name
        self.log = log
        self.is_wanted = False
        self._command, self._environment, self._root = command, dict(environment), root
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, whatever became of the one before."""
        self.is_wanted = True
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {self._command}"],
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The pid of the process, which is its group's too. Raises StubbornError if it was never started."""
        if self._child is None:
            raise StubbornError(f"{self.name} was never started")
        return self._child.pid

    def children(self) -> list[int]:
        """The pids of its children, such as a worker's pool."""
        try:
            return [child.pid for child in psutil.Process(self.pid).children()]
        except psutil.NoSuchProcess:
            return []

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.poll() is None

    def exit_code(self) -> int | None:
        """How it ended; None while it runs, or if it was never started."""
        return self._child.poll() if self._child else None

    def said(self, words: str) -> int:
        """How often its log says this."""
        return self.log.read_text(encoding="utf-8", errors="replace").count(words) if self.log.exists() else 0

    def entries(self, event: str) -> list[dict[str, Any]]:
        """What it logged of an event."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}") and f'"event":"{event}"' in line]

    def ready(self, words: str, times: int = 1, timeout_s: float = 180.0) -> None:
        """Return as soon as its log says this so many times. Raises StubbornError with the log's tail."""
        ends = time.monotonic() + timeout_s
        while self.said(words) < times:
            if time.monotonic() > ends or not self.is_alive():
                tail = self.log.read_text(encoding="utf-8", errors="replace")[-2_000:]
                raise StubbornError(f"{self.name} never said {words!r}:\n{tail}")
            time.sleep(POLL_S)

    def tell(self, number: signal.Signals) -> None:
        """Tell the process alone."""
        os.kill(self.pid, number)

    def tell_group(self, number: signal.Signals) -> None:
        """Tell it and all its children at once."""
        os.killpg(self.pid, number)

    def kill_group(self) -> None:
        """SIGKILL for it and all its children, as when a machine dies."""
        self.is_wanted = False
        if self._child is None:
            return
        try:
            self.tell_group(signal.SIGKILL)
        except ProcessLookupError:
            return
        self._child.wait(GRACE_S)

    def stop(self) -> int:
        """SIGTERM for it alone, as a host does; its exit code. Raises StubbornError, and kills it, if it does not end within the grace."""
        if self._child is None:
            return 0
        self.is_wanted = False
        # unlike os.kill it spares whoever has the pid of a child that has ended already
        self._child.terminate()
        try:
            return self._child.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self.kill_group()
            raise StubbornError(f"{self.name} did not end within {GRACE_S:.0f} s of SIGTERM") from None
