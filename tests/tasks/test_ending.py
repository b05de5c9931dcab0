"""A worker that is told to end finishes its turn first, and does not wait for a turn that never comes."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from kombu.asynchronous import Hub

from tasks import ending
from tests.support.processes import until

NUMBERS = (signal.SIGTERM, signal.SIGQUIT, signal.SIGALRM)


@pytest.fixture
def handled() -> Iterator[list[int]]:
    """The signals that Celery's own handlers have got; the process's handlers are put back in the end."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    got: list[int] = []
    for number in ending._TOLD_TO_END:
        signal.signal(number, lambda number, _: got.append(number))
    yield got
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number, handler in before.items():
        signal.signal(number, handler)


def _turn(hub: Hub) -> None:
    for each in hub.on_tick:
        each()


@pytest.mark.parametrize("number", ending._TOLD_TO_END)
def test_it_ends_when_the_loop_turns_once(handled: list[int], number: int) -> None:
    hub = Hub()
    ending.Ending().follow(hub)
    _turn(hub)
    os.kill(os.getpid(), number)
    assert handled == []
    _turn(hub)
    _turn(hub)
    assert handled == [number]
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_it_ends_although_the_loop_does_not_turn(handled: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "WITHOUT_A_TURN_S", 0.05)
    hub = Hub()
    ending.Ending().follow(hub)
    os.kill(os.getpid(), signal.SIGTERM)
    until(lambda: handled, "the handler is called")
    time.sleep(0.1)
    _turn(hub)
    assert handled == [signal.SIGTERM]


def test_nothing_is_put_off_that_nobody_handles(handled: list[int]) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ending.Ending().follow(Hub())
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert handled == []
