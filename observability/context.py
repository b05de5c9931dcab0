"""What the work at hand is about: ids that every line of a request or a task carries, and every report to Sentry."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

# what stands in every line, empty until it is known: the tenant, our id of the conversation, and the vendor who calls or is asked
ALWAYS = ("organization", "conversation", "integration")

_NOTHING: Mapping[str, str] = MappingProxyType({})
_UNKNOWN: Mapping[str, str] = MappingProxyType(dict.fromkeys(ALWAYS, ""))
# never changed, but replaced: whoever copied the context keeps what was known by then
_known: ContextVar[Mapping[str, str]] = ContextVar("known", default=_NOTHING)


def begin() -> None:
    """A request or a task begins, and nothing is known of it yet."""
    _known.set(_UNKNOWN)


def about(**ids: object) -> None:
    """From here to its end it is about these; ids and short words only. What is None is not known."""
    _known.set({**_known.get(), **{name: str(value) for name, value in ids.items() if value is not None}})


@contextmanager
def asking(vendor: str) -> Iterator[None]:
    """In the block this vendor is asked."""
    before = _known.get().get("integration")
    about(integration=vendor)
    try:
        yield
    finally:
        # what became known meanwhile is known still
        about(integration=before or "")


def current() -> Mapping[str, str]:
    """What is known of the work at hand; nothing outside of any."""
    return _known.get()


def end() -> None:
    """It is over: the thread does others' work, and says things of its own."""
    _known.set(_NOTHING)
