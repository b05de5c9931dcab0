"""Several statements in one round trip.

PostgreSQL takes a message of many statements as one transaction: all of it is committed, or nothing. The fence needs no word from us in
between: it ends the transaction by itself. But a server writes a message that fails into its log, as it came. So what may fail in the
course of things, a lost lease or a lock, is sent first, and what somebody said comes in a message after it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DataError
from sqlalchemy.pool import PoolProxiedConnection

from db.driver import Rows, ask, borrowed
from db.outage import reported, sqlstate
from db.planned import call
from domain.errors import LeaseLost

# Nothing of ours divides but the fence, which stands behind the CTE ``moved``: whoever has no row to move divides by zero, and PostgreSQL
# rolls all of it back.
FENCE = "SELECT 1 / count(*) FROM moved"
_FENCED = f"WITH moved AS ({{statement}} RETURNING 1) {FENCE}"
_NOT_OURS = "22012"
_BEGIN, _COMMIT = b"BEGIN;\n", b";\nCOMMIT"

# For what may be lost with the database's memory, because whoever comes next does it again: it need not wait for the disk.
FORGETTABLE = "set_config('synchronous_commit', 'off', true)"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in ``:name`` spelling, and its values."""

    sql: str
    values: Mapping[str, object]


def fenced(sql: str, values: Mapping[str, object]) -> Statement:
    """An UPDATE that must move exactly one row; if it moves none, nothing of its trip has happened and LeaseLost is raised."""
    return Statement(_FENCED.format(statement=sql), values)


def commit(*statements: Statement) -> Rows:
    """Send them, in this order, as a transaction of their own; the rows of the last one. Raises LeaseLost, StoreUnavailable."""
    with _reported(), borrowed() as held:
        return ask(held, _message(held, statements))


def commit_words(*statements: Statement, words: Sequence[Statement]) -> Rows:
    """Send ``statements`` with locks, fence and figures, then ``words``, in one transaction; the rows of the last of ``statements``.

    Raises LeaseLost, StoreUnavailable.
    """
    with _reported(), borrowed() as held:
        found = ask(held, _BEGIN + _message(held, statements))
        # nothing that may fail stands beside them
        ask(held, _message(held, words) + _COMMIT)
        return found


class Transaction:
    """A transaction of several messages, for whoever has to know what one of them answered before the next."""

    def __init__(self, held: PoolProxiedConnection) -> None:
        """On a connection that begins nothing by itself; the first message does."""
        self._held, self._begin = held, _BEGIN

    def send(self, *statements: Statement) -> Rows:
        """Send them in one message; the rows of the last one."""
        begin, self._begin = self._begin, b""
        return ask(self._held, begin + _message(self._held, statements))

    def commit(self) -> None:
        """Make what was sent stand."""
        ask(self._held, "COMMIT")


@contextmanager
def transaction() -> Iterator[Transaction]:
    """Commits in the end, or nothing of it has happened. Raises LeaseLost, StoreUnavailable."""
    with _reported(), borrowed() as held:
        begun = Transaction(held)
        yield begun
        begun.commit()


@contextmanager
def _reported() -> Iterator[None]:
    with reported():
        try:
            yield
        except DataError as error:
            if sqlstate(error.orig) == _NOT_OURS:
                raise LeaseLost from None
            raise


def _message(held: PoolProxiedConnection, statements: Iterable[Statement]) -> bytes:
    return b";\n".join(call(held, each.sql, each.values) for each in statements)
