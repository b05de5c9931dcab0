"""What `make up` and `make demo` share: the lock, the signals, and how an end is told."""

import sys
from collections.abc import Callable

from scripts.stack import card, console, interruption, running, single
from scripts.stack.errors import StackError
from scripts.stack.places import Places


def run(places: Places, work: Callable[[card.Card], int], occupied: Callable[[int], int]) -> int:
    """Start the stack, do the work, stop the stack; the exit code. ``occupied`` is asked instead when one runs already."""
    interruption.listen()
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # stdout is a text stream here
    try:
        places.make()
        with single.held(places.lock):
            code = _run(places, work)
    except single.AlreadyRunningError as error:
        return occupied(error.pid)
    except interruption.Interrupted:
        console.say("Stopped.")
        return 0
    except (StackError, OSError) as error:
        console.complain(str(error))
        return 1
    else:
        console.say("Stopped.")
        return code


def _run(places: Places, work: Callable[[card.Card], int]) -> int:
    console.say(console.paint("Hookline, on this machine", "bold"))
    with running.stack(places) as told:
        try:
            return work(told)
        finally:
            console.say("No new work is taken; running tasks finish, then the servers end.")
