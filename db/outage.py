"""Turns the driver's words for "not now" into ours, without a statement, a parameter or a caller's word in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.deadline import NoAnswer
from domain.errors import StoreUnavailable

Answer = TypeVar("Answer")


def reason(error: Exception) -> str:
    """A short code for a database error: its class and, where there is one, its SQLSTATE."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "pgcode", None)
        return f"database:{type(error.orig).__name__}{f':{state}' if state else ''}"
    return f"database:{type(error).__name__}"


@contextmanager
def reported() -> Iterator[None]:
    """Raise StoreUnavailable for whatever passes by itself: refused, restarted, locked, too slow, no free connection."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable(reason(error)) from None
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailable(reason(error)) from None
        raise


def again_if_cut(work: Callable[[], Answer]) -> Answer:
    """Do work on a connection that it takes itself; once more, on a new one, if the pooled one had been cut. Raises StoreUnavailable.

    A restart or a failover cuts every connection of the pool, and Twilio does not send an SMS again by itself, so we do. Only for work
    that may happen twice: a look-up, or a delivery that is one row however often it is stored.
    """
    with reported():
        try:
            return work()
        except DBAPIError as error:
            # who hung once will hang again, and a vendor is waiting
            if not error.connection_invalidated or isinstance(error.orig, NoAnswer):
                raise
        return work()
