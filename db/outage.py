"""Turns the driver's words for "not now" into ours, without a statement, a parameter or a caller's word in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.deadline import NoAnswer
from domain.errors import StoreUnavailable

Answer = TypeVar("Answer")

# What psycopg2 files under other errors although it is the server that cannot, not the delivery that is wrong: out of space, memory or
# connections (53), an error of its own (XX), a primary that takes no writes, because its disk is full or another one has taken over, and a
# database without a table (42P01) or a column (42703) of this release: no call is to blame for it, and a vendor comes again after a 503.
READ_ONLY = "25006"
_LOCKED = "55P03"
_MISSING = ("42P01", "42703")
_THE_SERVERS = ("53", "XX", READ_ONLY, *_MISSING)


def sqlstate(error: BaseException | None) -> str:
    """The driver error's SQLSTATE, empty if the server did not say one."""
    return getattr(error, "pgcode", None) or ""


def is_of_the_database(error: Exception) -> bool:
    """Whether ``reason`` can name it."""
    return isinstance(error, (DBAPIError, PoolTimeout))


def reason(error: Exception) -> str:
    """A short code for a database error: its class and, where there is one, its SQLSTATE."""
    if isinstance(error, DBAPIError):
        state = sqlstate(error.orig)
        return f"database:{type(error.orig).__name__}{f':{state}' if state else ''}"
    return f"database:{type(error).__name__}"


@contextmanager
def reported() -> Iterator[None]:
    """Raise StoreUnavailable for whatever passes by itself: refused, restarted, read-only, locked, too slow, no free connection."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable(reason(error), locked=isinstance(error, DBAPIError) and sqlstate(error.orig) == _LOCKED) from None
    except DBAPIError as error:
        if error.connection_invalidated or sqlstate(error.orig).startswith(_THE_SERVERS):
            raise StoreUnavailable(reason(error), locked=sqlstate(error.orig) in _MISSING) from None
        raise


def again_if_cut(work: Callable[[], Answer]) -> Answer:
    """Do work on a connection that it takes itself; once more, on a new one, if the pooled one had been cut. Raises StoreUnavailable.

    A restart or a failover cuts every connection of the pool, or leaves it with a server that is read-only now, and Twilio does not send an
    SMS again by itself, so we do. Only for work that may happen twice: a look-up, or a delivery that is one row however often it is stored.
    """
    with reported():
        try:
            return work()
        except DBAPIError as error:
            # who hung once will hang again, and a vendor is waiting
            if not error.connection_invalidated or isinstance(error.orig, NoAnswer):
                raise
        return work()
