"""Starts one of the house's own programs with harm built in: ``python -m benchmarks.faults.sabotage poison -- celery -A tasks worker``.

The product itself knows nothing of it: what happens in a payload, at a line or to a clock happens in this process alone.
"""

import errno
import os
import random
import runpy
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import celeryconfig
from benchmarks.faults.traffic import POISON
from db.work import load
from domain.runs import Claim, Run
from tasks import deliver, dispatch, step, sweeper

SKEW_S = 3_600.0
SLOW_S = 0.4
# one of so many; which one is a matter of chance, and of the seed below
SOMETIMES = 20
# what a lease is made of in the short rows of the test suite: every rule stays, only the waiting is shorter
QUICK_LIMIT_S, QUICK_TRANSCRIBE_LIMIT_S = 4.0, 6.0

_dice = random.Random(4)  # noqa: S311 - chance, not a secret


def quick() -> None:
    """Short leases: the same rules with less waiting."""
    celeryconfig.task_time_limit = QUICK_LIMIT_S
    celeryconfig.TRANSCRIBE_TIME_LIMIT = QUICK_TRANSCRIBE_LIMIT_S
    celeryconfig.task_annotations = {"transcript.transcribe": {"time_limit": QUICK_TRANSCRIBE_LIMIT_S}}


def poison() -> None:
    """A payload that raises whenever it is worked on, and one that ends the process that works on it."""

    def poisoned(claim: Claim) -> Run:
        run = load(claim)
        said = " ".join(utterance.text for utterance in run.utterances)
        if POISON[0] in said:
            raise ValueError("poison")
        if POISON[1] in said:
            _die()
        return run

    vars(step)["load"] = poisoned


def sick() -> None:
    """A host on which every second step finds no way to the network."""

    def refused(claim: Claim) -> Run:
        if _dice.random() < 0.5:  # noqa: PLR2004 - every second
            raise OSError(errno.ENETUNREACH, "sick host")
        return load(claim)

    vars(step)["load"] = refused


def slow() -> None:
    """Work takes its time, so that whoever is stopped is stopped in the middle of it."""

    def taking_long(claim: Claim) -> Run:
        run = load(claim)
        time.sleep(SLOW_S)
        return run

    vars(step)["load"] = taking_long


def ahead() -> None:
    """A clock that is an hour ahead of everybody else's."""
    _skew(SKEW_S)


def behind() -> None:
    """A clock that is an hour behind everybody else's."""
    _skew(-SKEW_S)


def crash_after_commit() -> None:
    """The front commits, and sometimes dies before it has rung."""
    _sometimes(dispatch._publisher, "hand_over")  # noqa: SLF001 - the crash point is a private one


def lose_bells() -> None:
    """The front commits and answers, and what it should have published is lost."""
    dispatch._publisher.hand_over = lambda *_, **__: None  # type: ignore[method-assign]  # noqa: SLF001 - as above


def crash_before_send() -> None:
    """The worker has committed ``sending``, and sometimes dies before it asks the vendor."""
    _sometimes(deliver, "ask")


def crash_after_send() -> None:
    """The vendor has taken the message, and sometimes the worker dies before it has written that down."""
    _sometimes(deliver, "patiently")


def crash_before_result() -> None:
    """The step's work is done, and sometimes the worker dies before it has written that down."""
    _sometimes(step, "patiently")


def no_sweeper() -> None:
    """The sweeper's thread ends as soon as it begins."""

    def end_at_once(_: sweeper.Sweeper) -> None:
        return

    sweeper.Sweeper.run = end_at_once  # type: ignore[assignment, method-assign]  # that is the harm


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


def _sometimes(owner: Any, name: str) -> None:
    plain = getattr(owner, name)

    def fatal(*arguments: Any, **named: Any) -> Any:
        # seeded anew in each process: forked ones would all do the same
        if random.Random(f"{os.getpid()}:{time.monotonic_ns()}").randrange(SOMETIMES) == 0:  # noqa: S311 - as above
            _die()
        return plain(*arguments, **named)

    setattr(owner, name, fatal)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _skew(seconds: float) -> None:
    plain = time.time
    time.time = lambda: plain() + seconds


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
