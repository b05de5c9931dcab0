"""The Procfile's commands, and one-off commands of the application."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from honcho.environ import parse_procfile

from scripts.stack.errors import StackError
from scripts.stack.places import ROOT

TIMEOUT_S = 120
TAIL_LINES = 25


def procfile() -> dict[str, str]:
    """Command by process name, ``release`` among them."""
    return dict(parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes)


def run(command: str, environment: Mapping[str, str], log: Path) -> str:
    """Run a shell command to its end and return the last line it printed. Raises StackError with the tail of its log."""
    return (lines(command, environment, log) or [""])[-1]


def lines(command: str, environment: Mapping[str, str], log: Path) -> list[str]:
    """Run a shell command to its end and return what it printed. Raises StackError with the tail of its log."""
    with log.open("ab") as errors:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    printed = done.stdout.decode(errors="replace").strip().splitlines()
    if done.returncode != 0:
        words = "\n".join(printed[-TAIL_LINES:])
        raise StackError(f"`{command}` ended with {done.returncode}.\n{words}\n{tail(log)}")
    return printed


def tail(log: Path) -> str:
    """The last lines of a log, with its name."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:] if log.exists() else []
    return "\n".join([*(f"    {line}" for line in lines), f"The whole log: {os.path.relpath(log)}"])
