"""Asks each process whether it answers."""

import time
from collections.abc import Callable
from pathlib import Path

import requests
from celery import Celery

from scripts.stack import commands, console, interruption
from scripts.stack.environment import Addresses
from scripts.stack.errors import StackError
from scripts.stack.places import Places
from scripts.stack.supervisor import Child, Supervisor

TIMEOUT_S = 60.0
POLL_S = 0.2
SILENT_START_S = 5.0  # beat answers nobody; if it writes no schedule, living so long must do
Probe = Callable[[], bool]


def wait(supervisor: Supervisor, places: Places, where: Addresses, redis_url: str) -> None:
    """Wait until every process answers. Raises StackError with the log of one that does not, Interrupted."""
    begin = time.monotonic()
    probes = _probes(places, where, redis_url)
    waiting = list(supervisor.children)
    while waiting:
        supervisor.check()
        for child in [child for child in waiting if probes[child.name]()]:
            waiting.remove(child)
            console.done(child.name, _told(child, where, time.monotonic() - begin))
        _give_up_after(TIMEOUT_S, begin, waiting)
        console.working(f"waiting for {', '.join(child.name for child in waiting)}")
        interruption.pause(POLL_S)


def _probes(places: Places, where: Addresses, redis_url: str) -> dict[str, Probe]:
    worker_names = Celery("probe", broker=redis_url)
    begin = time.time()
    return {
        "web": lambda: _answers(f"{where.web}/ready"),
        "twin": lambda: _answers(f"{where.twin}/_twin/log"),
        "flower": lambda: _answers(f"{where.flower}/healthcheck"),
        "worker": lambda: _pings(worker_names, "worker"),
        "live": lambda: _pings(worker_names, "live"),
        "batch": lambda: _pings(worker_names, "batch"),
        "beat": lambda: _has_schedule(places.temporary, begin),
    }


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _pings(app: Celery, name: str) -> bool:
    answers = app.control.ping(timeout=0.5) or []
    return any(worker.startswith(f"{name}@") for answer in answers for worker in answer)


def _has_schedule(folder: Path, begin: float) -> bool:
    written = any(path.stat().st_mtime >= begin for path in folder.glob("celerybeat-schedule*"))
    return written or time.time() - begin > SILENT_START_S


def _told(child: Child, where: Addresses, after_s: float) -> str:
    address = {"web": where.web, "flower": where.flower, "twin": where.twin}.get(child.name, "")
    return f"{after_s:4.1f} s  {address}".rstrip()


def _give_up_after(seconds: float, begin: float, waiting: list[Child]) -> None:
    if waiting and time.monotonic() - begin > seconds:
        silent = waiting[0]
        raise StackError(f"{silent.name} does not answer after {seconds:.0f} s.\n{commands.tail(silent.log)}")
