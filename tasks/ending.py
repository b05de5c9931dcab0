"""A worker that is told to end does so between two turns of its loop, never in the middle of one."""

import signal
from collections.abc import Callable
from types import FrameType

from kombu.asynchronous import Hub

# A loop turns at least every two seconds, when it tells the ops view that it lives; one that is looking for its broker does not turn.
WITHOUT_A_TURN_S = 3.0
_TOLD_TO_END = (signal.SIGTERM, signal.SIGQUIT)
Handler = Callable[[int, FrameType | None], object]


class Ending:
    """What Celery does when it is told to end, put off to the loop's next turn.

    Celery waits for its tasks and stops its pool within the signal's handler, in the middle of whatever its parent was doing. Whoever was
    writing a task to a child then waited for ever for that child, which waited for the rest of the task: 2 of 28 busy workers had to be
    killed.
    """

    def __init__(self) -> None:
        """Nobody has been told to end."""
        self._handlers: dict[int, Handler] = {}
        self._told: int | None = None

    def follow(self, hub: Hub) -> None:
        """Take the place of the handlers that Celery has installed, in the main thread."""
        for number in _TOLD_TO_END:
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._note)
        signal.signal(signal.SIGALRM, self._turn)
        hub.on_tick.add(self._turn)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._told = number
        signal.setitimer(signal.ITIMER_REAL, WITHOUT_A_TURN_S)

    def _turn(self, *_: object) -> None:
        if self._told is None:
            return
        number, self._told = self._told, None
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._handlers[number](number, None)
