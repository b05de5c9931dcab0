"""The driver's own cursor, for messages that are transactions of their own: SQLAlchemy around one costs as much as the message.

The connections are the pool's, and what goes wrong is said in SQLAlchemy's words, as everywhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg2
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection
from psycopg2.extras import NamedTupleCursor
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

from db.engine import engine
from db.outage import READ_ONLY, sqlstate

Rows = list[Any]

# Where server and connection do not agree on what has been planned (db/planned.py), a new connection does. A primary that takes no writes
# any more answers well for ever on its old connections; only a new one leads to its successor.
_LEFT_FOR_A_NEW_ONE = {READ_ONLY, "26000", "42P05"}


@contextmanager
def borrowed() -> Iterator[PoolProxiedConnection]:
    """A connection of the pool that begins no transaction by itself: a message without BEGIN is one. Raises DBAPIError and PoolTimeout."""
    pooled = engine()
    try:
        held = pooled.raw_connection()
    except psycopg2.Error as error:
        raise _told(error, pooled, cut=False) from None
    try:
        driver(held).autocommit = True
        yield held
        # neither of the two sends anything: it is the driver that begins transactions
        driver(held).autocommit = False
    except psycopg2.Error as error:
        raise _told(error, pooled, cut=_cut(error, pooled, held)) from None
    except BaseException:
        # whatever it is in the middle of, nobody else shall find it there
        held.invalidate()
        raise
    finally:
        held.close()


def ask(held: PoolProxiedConnection, message: str | bytes) -> Rows:
    """Send one message; the rows of its last statement."""
    with driver(held).cursor(cursor_factory=NamedTupleCursor) as cursor:
        cursor.execute(message)  # type: ignore[no-untyped-call] # psycopg2's
        return list(cursor.fetchall()) if cursor.description else []


def driver(held: PoolProxiedConnection) -> connection:
    """psycopg2's own connection."""
    found: Any = held.driver_connection
    return found  # type: ignore[no-any-return] # SQLAlchemy knows only that there is one


def _cut(error: psycopg2.Error, pooled: Engine, held: PoolProxiedConnection) -> bool:
    """Leave a connection as its next user expects it, or leave it for good; whether it was cut.

    One that was cut takes the others of the pool along: a restart or a failover has met them too.
    """
    cut = sqlstate(error) in _LEFT_FOR_A_NEW_ONE or pooled.dialect.is_disconnect(cast(Any, error), held, None)
    idle = not cut and driver(held).info.transaction_status == TRANSACTION_STATUS_IDLE
    if idle:
        driver(held).autocommit = False
    else:
        held.invalidate(error)
    if cut:
        pooled.dispose()
    return cut


def _told(error: psycopg2.Error, pooled: Engine, *, cut: bool) -> BaseException:
    told: BaseException = DBAPIError.instance(
        None, None, error, psycopg2.Error, hide_parameters=True, connection_invalidated=cut, dialect=pooled.dialect
    )
    return told
