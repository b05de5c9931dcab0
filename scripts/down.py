"""`make down`: stops what `make up` or `make demo` runs, and whatever a killed one left behind."""

import os
import signal
import sys
import time

from scripts.stack import card, console, leftovers, places, single
from scripts.stack.supervisor import KILL_WAIT_S

TIMEOUT_S = KILL_WAIT_S + 30


def main() -> int:
    """Stop it and wait until it is gone."""
    here = places.of()
    pid = single.holder(here.lock)
    if pid is None:
        return _sweep(here)
    console.say(f"Stopping the stack of process {pid}: running tasks finish first.")
    try:
        os.kill(pid, signal.SIGTERM)
    except PermissionError:
        console.complain(f"process {pid} belongs to another user; ask them, or run this as them.")
        return 1
    return _wait(here)


def _sweep(here: places.Places) -> int:
    if not here.run.exists():
        console.say("Nothing runs here.")
        return 0
    here.make()
    with single.held(here.lock):
        found = leftovers.end(here)
        card.remove(here)
    console.say(f"Ended what a killed stack left behind: {', '.join(found)}." if found else "Nothing runs here.")
    return 0


def _wait(here: places.Places) -> int:
    deadline = time.monotonic() + TIMEOUT_S
    while single.holder(here.lock) is not None:
        if time.monotonic() > deadline:
            console.complain(f"it still runs after {TIMEOUT_S:.0f} s; its log is in .run/logs/.")
            return 1
        time.sleep(0.1)
    console.say("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
