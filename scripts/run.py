"""`make run CMD="…"`: runs a command of the application in the running stack's environment."""

import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points

import psutil

from scripts.stack import card, console, environment, places, single

# beat's environment is the common one, without a port of its own
DONORS = ("beat", "worker", "live", "batch", "web", "flower")


def main(arguments: list[str]) -> int:
    """Run the command to its end; its exit code."""
    command = " ".join(arguments).strip()
    if not command:
        console.complain('say which command: make run CMD="celery -A tasks keys create --name me"', "Not run")
        return 2
    meant = _meant(command)
    if meant:
        console.complain(f'did you mean make run CMD="{meant}"?', "Not run")
        return 2
    here = places.of()
    variables = of_running(here) if single.holder(here.lock) is not None else None
    if variables is None:
        console.complain("no stack runs here, or it is still starting. `make up` starts one; try again when it says `Running`.", "Not run")
        return 1
    return subprocess.run(["/bin/sh", "-c", command], cwd=places.ROOT, env={**os.environ, **variables}, check=False).returncode


def _meant(command: str) -> str | None:
    """The command as it works, if it begins with a subcommand of ours; None if it is another program's."""
    name = command.split(maxsplit=1)[0]
    ours = entry_points(group="celery.commands").names
    return f"celery -A tasks {command}" if name in ours and shutil.which(name) is None else None


def of_running(here: places.Places) -> dict[str, str] | None:
    """The environment that the stack's processes have; None if none of them runs."""
    pids = card.pids(here)
    for pid in [pids[name] for name in DONORS if name in pids]:
        try:
            found = psutil.Process(pid).environ()
        except (psutil.Error, OSError):
            continue
        if found.get(environment.MARK) == str(here.run):
            return found
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
