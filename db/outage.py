"""Turns the driver's words for "not now" into ours, without a statement, a parameter or a caller's word in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import StoreUnavailable


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
