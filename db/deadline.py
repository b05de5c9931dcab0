"""Ends a wait for the database by our own clock: the server's timeouts are no help when it is the server that hangs."""

import select
import time

from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, connection


class NoAnswer(OperationalError):  # noqa: N818 - it states what did not happen
    """The database said nothing for as long as we wait. psycopg2 has closed the connection; what was asked may have happened."""


class Bounded(connection):
    """A connection on which no single answer is waited for longer than ``deadline_s`` seconds, as long as ``wait`` is installed."""

    def __init__(self, dsn: str, *, deadline_s: float) -> None:
        """Connect, within the deadline too."""
        self.deadline_s = deadline_s  # first: connecting is the first wait
        super().__init__(dsn)


def wait(waiting: connection) -> None:
    """psycopg2's wait callback, one for the whole process. Raises NoAnswer; a connection that is not Bounded waits for ever."""
    ends = time.monotonic() + waiting.deadline_s if isinstance(waiting, Bounded) else None
    while (state := waiting.poll()) != POLL_OK:
        left_ms = None if ends is None else max(0.0, ends - time.monotonic()) * 1_000
        if not _ready(waiting.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT, left_ms):
            raise NoAnswer("the database did not answer in time")


def _ready(socket: int, event: int, left_ms: float | None) -> bool:
    # a poll object for each wait: while connecting, libpq may go on to another address and another socket
    poll = select.poll()
    poll.register(socket, event)
    return bool(poll.poll(left_ms))
