"""Starts one of the house's own programs with harm built in: ``python -m benchmarks.faults.sabotage poison -- celery -A tasks worker``.

The product itself knows nothing of it: what happens in a payload, at a line or to a clock happens in this process alone. Each harm says in
the process's log when it strikes: a row whose harm never struck proves nothing.
"""

import errno
import json
import os
import runpy
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import celeryconfig
from benchmarks.faults.traffic import POISON
from db.work import load
from domain.runs import Claim, Run
from tasks import course, deliver, dispatch, step, sweeper

SKEW_S = 3_600.0
SLOW_S = 0.4
# each so many-th time in a process's life
SOMETIMES = 12
# what a lease is made of in the short rows of the test suite: every rule stays, only the waiting is shorter
QUICK_LIMIT_S, QUICK_TRANSCRIBE_LIMIT_S = 4.0, 6.0

_clock = time.time


def quick() -> None:
    """Short leases: the same rules with less waiting. Harms nobody."""
    celeryconfig.task_time_limit = QUICK_LIMIT_S
    celeryconfig.TRANSCRIBE_TIME_LIMIT = QUICK_TRANSCRIBE_LIMIT_S
    celeryconfig.task_annotations = {"transcript.transcribe": {"time_limit": QUICK_TRANSCRIBE_LIMIT_S}}


def poison() -> None:
    """A payload that raises whenever it is worked on, and one that ends the process that works on it."""

    def poisoned(claim: Claim) -> Run:
        run = load(claim)
        said = " ".join(utterance.text for utterance in run.utterances)
        if POISON[0] in said:
            _strike("poison")
            raise ValueError("poison")
        if POISON[1] in said:
            _die("poison")
        return run

    _replace(step, "load", poisoned)


def sick() -> None:
    """A host on which every second step finds no way to the network."""
    steps = count()

    def refused(claim: Claim) -> Run:
        if next(steps) % 2:
            _strike("sick")
            raise OSError(errno.ENETUNREACH, "sick host")
        return load(claim)

    _replace(step, "load", refused)


def slow() -> None:
    """Work takes its time, so that whoever is stopped is stopped in the middle of it.

    And each step comes by message: one that is done right after another ends its process when its own limit is over, and writes nothing.
    """

    def taking_long(claim: Claim) -> Run:
        run = load(claim)
        _strike("slow")
        time.sleep(SLOW_S)
        return run

    _replace(step, "load", taking_long)
    for limit in ("AT_ONCE_WITHIN_S", "ASKING_WITHIN_S"):
        _replace(course, limit, 0.0)


def ahead() -> None:
    """A clock that is an hour ahead of everybody else's."""
    _skew("ahead", SKEW_S)


def behind() -> None:
    """A clock that is an hour behind everybody else's."""
    _skew("behind", -SKEW_S)


def crash_after_commit() -> None:
    """The front commits, and sometimes dies before it has rung."""
    _sometimes("crash_after_commit", dispatch._publisher, "hand_over")  # noqa: SLF001 - the crash point is a private one


def lose_bells() -> None:
    """The front commits and answers, and what it should have published is lost."""
    _replace(dispatch._publisher, "hand_over", lambda *_, **__: _strike("lose_bells"))  # noqa: SLF001 - as above


def crash_before_send() -> None:
    """The worker has committed ``sending``, and sometimes dies before it asks the vendor."""
    _sometimes("crash_before_send", deliver, "ask")


def crash_after_send() -> None:
    """The vendor has taken the message, and sometimes the worker dies before it has written that down."""
    _sometimes("crash_after_send", deliver, "patiently")


def crash_before_result() -> None:
    """The step's work is done, and sometimes the worker dies before it has written that down."""
    _sometimes("crash_before_result", step, "patiently")


def no_sweeper() -> None:
    """The sweeper's thread ends as soon as it begins."""
    _replace(sweeper.Sweeper, "run", lambda _: _strike("no_sweeper"))


HARMS: dict[str, Callable[[], None]] = {
    harm.__name__: harm
    for harm in (
        quick,
        poison,
        sick,
        slow,
        ahead,
        behind,
        crash_after_commit,
        lose_bells,
        crash_before_send,
        crash_after_send,
        crash_before_result,
        no_sweeper,
    )
}


def _replace(owner: Any, name: str, other: Any) -> Any:
    """What was there. Raises AttributeError if nothing was: the product has moved on, and the harm would be none."""
    plain = getattr(owner, name)
    setattr(owner, name, other)
    return plain


def _sometimes(harm: str, owner: Any, name: str) -> None:
    calls = count(1)

    def fatal(*arguments: Any, **named: Any) -> Any:
        if next(calls) % SOMETIMES == 0:
            _die(harm)
        return plain(*arguments, **named)

    plain = _replace(owner, name, fatal)


def _skew(harm: str, seconds: float) -> None:
    _strike(harm)
    time.time = lambda: _clock() + seconds


def _strike(harm: str) -> None:
    # in one piece: print writes the end of a line by itself, and another process's line may come between
    sys.stdout.write(json.dumps({"event": "sabotage", "harm": harm, "at": _clock()}, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def _die(harm: str) -> None:
    _strike(harm)
    os.kill(os.getpid(), signal.SIGKILL)


def main(arguments: Sequence[str]) -> None:
    """Do the harm, then become the program."""
    harms, separator, *command = arguments
    if separator != "--":
        sys.exit("usage: python -m benchmarks.faults.sabotage HARM[,HARM…] -- PROGRAM [ARGUMENT…]")
    for harm in harms.split(","):
        HARMS[harm]()
    program = shutil.which(command[0])
    if program is None:
        sys.exit(f"no program {command[0]}")
    sys.argv = [program, *command[1:]]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
