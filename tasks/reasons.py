"""Names an error for a log line: enough to know whose it is, and not a word of what it says."""

from db import outage
from domain.errors import StoreUnavailable


def named(error: BaseException) -> str:
    """Our own code, the database's, or the class with its module: two libraries call their errors OperationalError.

    What it was raised from comes after it: kombu calls whatever befalls a broker by one name.
    """
    if isinstance(error, StoreUnavailable):
        return str(error)
    if isinstance(error, Exception) and outage.is_of_the_database(error):
        return outage.reason(error)
    cause = f" from {named(error.__cause__)}" if error.__cause__ else ""
    return f"{type(error).__module__}.{type(error).__qualname__}{cause}"
