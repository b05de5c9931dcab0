"""Several statements in one round trip.

PostgreSQL takes a message of many statements as one transaction: all of it is committed, or nothing. The fence needs no word from us in
between: it ends the transaction by itself. But a server writes a message that fails into its log, as it came. So what may fail in the
course of things, a lost lease or a lock, is sent first, and what somebody said comes in a message after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.exc import DataError

from db.engine import engine
from db.outage import reported, sqlstate
from domain.errors import LeaseLost

# Nothing of ours divides but the fence: whoever has no row to move divides by zero, and PostgreSQL rolls all of it back.
_FENCE = "WITH moved AS ({statement} RETURNING 1) SELECT 1 / count(*) FROM moved"
_NOT_OURS = "22012"

# For what may be lost with the database's memory, because whoever comes next does it again: it need not wait for the disk.
FORGETTABLE = "set_config('synchronous_commit', 'off', true)"

_dialect = PGDialect_psycopg2()  # type: ignore[no-untyped-call] # SQLAlchemy's


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in ``:name`` spelling, and its values."""

    sql: str
    values: Mapping[str, object]


def fenced(sql: str, values: Mapping[str, object]) -> Statement:
    """An UPDATE that must move exactly one row; if it moves none, nothing of its trip has happened and LeaseLost is raised."""
    return Statement(_FENCE.format(statement=sql), values)


def commit(*statements: Statement) -> Sequence[Row[Any]]:
    """Send them, in this order, as a transaction of their own; the rows of the last one. Raises LeaseLost, StoreUnavailable."""
    with reported(), engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        return send(connection, *statements)


def commit_words(*statements: Statement, words: Sequence[Statement]) -> Sequence[Row[Any]]:
    """Send ``statements`` with locks, fence and figures, then ``words``, in one transaction; the rows of the last one.

    Raises LeaseLost, StoreUnavailable.
    """
    with reported(), engine().begin() as connection:
        send(connection, *statements)
        return send(connection, *words)


def send(connection: Connection, *statements: Statement) -> Sequence[Row[Any]]:
    """The same within the transaction of a connection."""
    speller = connection.connection.cursor()
    try:
        message = b";\n".join(speller.mogrify(_spelled(each.sql), each.values) for each in statements)
    finally:
        speller.close()
    try:
        answer = connection.exec_driver_sql(message.decode(), execution_options={"no_parameters": True})
    except DataError as error:
        if sqlstate(error.orig) == _NOT_OURS:
            raise LeaseLost from None
        raise
    return answer.all() if answer.returns_rows else ()


@cache
def _spelled(sql: str) -> str:
    # the driver's spelling of ``:name``; the statements are the program's own, so there are only so many
    return str(text(sql).compile(dialect=_dialect))
