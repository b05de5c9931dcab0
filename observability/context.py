"""What the work at hand is about: ids that every line of a request or a task carries, and every report to Sentry."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

# what stands in every line, empty until it is known: the tenant, our id of the conversation, and the vendor who calls or is asked
ALWAYS = ("organization", "conversation", "integration")


def begin() -> None:
    """A request or a task begins, and nothing is known of it yet."""
    clear_contextvars()
    bind_contextvars(**dict.fromkeys(ALWAYS, ""))


def about(**ids: object) -> None:
    """From here to its end it is about these; ids and short words only. What is None is not known."""
    bind_contextvars(**{name: str(value) for name, value in ids.items() if value is not None})


@contextmanager
def asking(vendor: str) -> Iterator[None]:
    """In the block this vendor is asked."""
    with bound_contextvars(integration=vendor):
        yield


def current() -> Mapping[str, str]:
    """What is known of the work at hand; nothing outside of any."""
    return get_contextvars()


def end() -> None:
    """It is over: the thread does others' work, and says things of its own."""
    clear_contextvars()
