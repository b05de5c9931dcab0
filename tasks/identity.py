"""Which process did it: Celery's name for the worker, and a word of the process's own, for names may be given twice."""

import os
import secrets
from dataclasses import dataclass

# survives a restart with the same pid, and is nobody's business after it
_KEPT = "HOOKLINE_WORKER_BOOT"


@dataclass(slots=True)
class _Process:
    boot: str = ""
    hostname: str = ""


_process = _Process()


def begin(hostname: str = "") -> None:
    """Be told apart from now on: for the start of a worker, before it forks. ``hostname`` is Celery's name for it.

    One that begins anew with the same pid stays who it was.
    """
    pid, _, kept = os.environ.get(_KEPT, "").partition(":")
    _process.boot = kept if pid == str(os.getpid()) else secrets.token_hex(2)
    _process.hostname = hostname
    os.environ[_KEPT] = f"{os.getpid()}:{_process.boot}"


def of(hostname: str) -> str:
    """What a worker with this name is called in our tables and logs: ``worker@host/3f2a``."""
    return f"{hostname}/{_process.boot}" if hostname and _process.boot else hostname


def own() -> str | None:
    """What the worker to which this process belongs is called there; None outside of any worker."""
    return of(_process.hostname) or None
