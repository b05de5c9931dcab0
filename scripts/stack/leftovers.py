"""Ends what a killed stack has left behind: told by the mark in its environment, never by its name."""

from contextlib import suppress

import psutil

from scripts.stack import postgres, redis_server
from scripts.stack.environment import MARK
from scripts.stack.places import Places
from scripts.stack.supervisor import KILL_WAIT_S


def end(places: Places) -> list[str]:
    """End them, programs gently and before the servers; returns what was found. Only call it while holding the stack's lock."""
    found = _processes(places)
    pids = {process.pid for process in found}
    programs = [process for process in found if _parent(process) not in pids]
    for process in programs:
        with suppress(psutil.Error):
            process.terminate()
    psutil.wait_procs(programs, timeout=KILL_WAIT_S)
    for process in _processes(places):
        with suppress(psutil.Error):
            process.kill()
    servers = [
        name for name, was_there in (("postgres", postgres.end_leftover(places)), ("redis", redis_server.end_leftover(places))) if was_there
    ]
    return [f"{len(programs)} processes"] * bool(programs) + servers


def _processes(places: Places) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == str(places.run):
                found.append(process)
    return found


def _parent(process: psutil.Process) -> int | None:
    try:
        return int(process.ppid())
    except psutil.Error:
        return None
