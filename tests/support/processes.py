"""The product's own processes, started from the Procfile as a host starts them, and ended by their pid."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from honcho.environ import parse_procfile

from benchmarks.harness.processes import Process, StubbornError
from benchmarks.harness.product import READY_WORKER
from scripts.stack import places, ports

ROOT = places.ROOT
Seen = TypeVar("Seen")
# beside a whole suite on the machine
READY_WITHIN_S = 120.0


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


def started(name: str, folder: Path, root: Path = ROOT, options: str = "", **environment: str) -> Process:
    """One line of the Procfile under ``root``, running; its output goes to a log in ``folder``. ``options`` come after its own."""
    command = parse_procfile((root / "Procfile").read_text(encoding="utf-8")).processes[name]
    log = folder / f"{name}-{time.monotonic_ns()}.log"
    process = Process(name, f"{command} {options}", {**surroundings(root), "TMPDIR": str(folder), **environment}, log, root)
    process.start()
    return process


@contextmanager
def running(name: str, folder: Path, root: Path = ROOT, options: str = "", **environment: str) -> Iterator[Process]:
    """A process for as long as the block lasts; what does not end in time then is killed with its group."""
    process = started(name, folder, root, options, **environment)
    try:
        yield process
    finally:
        with suppress(StubbornError):
            process.stop()


@contextmanager
def front(folder: Path, root: Path = ROOT) -> Iterator[tuple[str, Process]]:
    """The web process, ready, and its base URL before it."""
    port = ports.free()
    with running("web", folder, root, PORT=str(port), GUNICORN_CMD_ARGS=f"--bind 127.0.0.1:{port}") as process:
        until(lambda: _listens(port), f"web listens on {port}; its log is {process.log}")
        yield f"http://127.0.0.1:{port}", process


@contextmanager
def web(folder: Path, root: Path = ROOT) -> Iterator[str]:
    """The base URL of a web process that is ready."""
    with front(folder, root) as (url, _):
        yield url


@contextmanager
def worker(folder: Path, name: str = "worker", root: Path = ROOT, options: str = "") -> Iterator[Process]:
    """A worker, ready for tasks; a second one on the machine needs a name of its own (``-n``).

    It is killed in the end: an idle one takes its whole soft shutdown, and no test's work is left by then.
    """
    with running(name, folder, root, options, WORKER_CONCURRENCY="2") as process:
        process.ready(READY_WORKER, timeout_s=READY_WITHIN_S)
        yield process
        process.kill_group()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
