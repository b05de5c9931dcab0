"""The product's own processes, started from the Procfile as a host starts them, and ended by their pid."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from honcho.environ import parse_procfile

ROOT = Path(__file__).parents[2]
GRACE_S = 25.0
Seen = TypeVar("Seen")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(look: Callable[[], Seen | None], what: str, timeout_s: float = 120.0) -> Seen:
    """Look again and again until there is something to see; fails by saying what was never seen."""
    ends = time.monotonic() + timeout_s
    while time.monotonic() < ends:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {timeout_s:.0f} s: {what}")


def surroundings(root: Path) -> dict[str, str]:
    """The environment in which our Python runs the code under ``root``, although another tree is installed: its path is asked first.

    The coverage of another tree is nobody's business, and its files are gone when the report is made.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    inherited = {name: value for name, value in os.environ.items() if root == ROOT or not name.startswith("COV")}
    return {**inherited, "PATH": path, "PYTHONPATH": str(root)}


class Process:
    """One line of the Procfile, in a process group of its own."""

    def __init__(self, name: str, folder: Path, root: Path = ROOT, options: str = "", **environment: str) -> None:
        """Start the code under ``root``; its output goes to a log in ``folder``. ``options`` come after those of the Procfile."""
        command = parse_procfile((root / "Procfile").read_text(encoding="utf-8")).processes[name]
        self.log = folder / f"{name}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as output:
            self._child = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command} {options}"],
                cwd=root,
                env={**surroundings(root), "TMPDIR": str(folder), **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The pid of the process, which is its group's too."""
        return self._child.pid

    def said(self, words: str) -> bool:
        """Whether its log holds these words."""
        return words in self.log.read_text(encoding="utf-8", errors="replace")

    def kill_group(self) -> None:
        """SIGKILL for it and all its children at once, as when a machine dies."""
        os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait(GRACE_S)

    def stop(self) -> int:
        """SIGTERM for it alone, as a host does; its exit code. What does not end in time is killed with its group."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                self.kill_group()
        return self._child.returncode


@contextmanager
def running(name: str, folder: Path, root: Path = ROOT, options: str = "", **environment: str) -> Iterator[Process]:
    """A process for as long as the block lasts."""
    process = Process(name, folder, root, options, **environment)
    try:
        yield process
    finally:
        process.stop()


@contextmanager
def web(folder: Path, root: Path = ROOT) -> Iterator[str]:
    """The web process, ready; its base URL."""
    port = free_port()
    with running("web", folder, root, PORT=str(port), GUNICORN_CMD_ARGS=f"--bind 127.0.0.1:{port}") as process:
        until(lambda: _listens(port), f"web listens on {port}; its log is {process.log}")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def worker(folder: Path, name: str = "worker", root: Path = ROOT, options: str = "") -> Iterator[Process]:
    """A worker, ready for tasks; a second one on the machine needs a name of its own (``-n``).

    It is killed in the end: an idle one takes its whole soft shutdown, and no test's work is left by then.
    """
    with running(name, folder, root, options, WORKER_CONCURRENCY="2") as process:
        until(lambda: process.said("ready"), f"{name} is ready; its log is {process.log}")
        yield process
        process.kill_group()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
