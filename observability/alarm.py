"""Tells somebody of what is no crash but must not wait until somebody reads the logs."""

import time
from collections.abc import Mapping
from importlib import import_module

import settings

# a thousand runs that die of one thing are one thing to hear of: whoever tells ``seldom`` tells it so often, and how much it left out
SELDOM_S = 300.0
# so long a process that is about to end waits for its report to leave
LAST_WORDS_S = 2.0

_told: dict[tuple[str, str], float] = {}
_left_out: dict[tuple[str, str], int] = {}


def tell_somebody(
    event: str, about: str, fields: Mapping[str, object], *, seldom: bool = False, last_words: bool = False, error: Exception | None = None
) -> None:
    """Report an event to Sentry, if there is one; ``about`` keeps reports of different things apart. Ids and short words only.

    Of an ``error`` it is told where it happened, and not what it says.

    With ``seldom`` a process reports the same of the same once in five minutes; ``last_words`` is for who ends right after.
    """
    if not settings.current().sentry_dsn:
        return
    left_out = _left_out.pop((event, about), 0)
    if seldom and time.monotonic() - _told.get((event, about), float("-inf")) < SELDOM_S:
        _left_out[event, about] = left_out + 1
        return
    _told[event, about] = time.monotonic()
    sentry = import_module("observability.sentry")
    sentry.tell(event, about, {**fields, "left_out": left_out} if seldom else fields, error)
    if last_words:
        sentry.wait(LAST_WORDS_S)
