"""How long a vendor asks us to stay away: the Retry-After header (RFC 9110 §10.2.3)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DEFAULT_S = 5.0
# who may come again at once would do so without end: such a pause uses up no attempt
FLOOR_S = 1.0
CAP_S = 300.0

_SECONDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*")


def pause_s(header: str | None) -> float:
    """Seconds from now, given as a number or as a date: 5 if the header is missing or unreadable, at least 1, never more than 300."""
    return within_reason(_asked_s(header or ""))


def wish_s(header: str | None) -> float | None:
    """The same, but None if the header is missing: then the vendor has no wish."""
    return pause_s(header) if header else None


def within_reason(seconds: float) -> float:
    """As many seconds, but from 1 to 300."""
    return max(FLOOR_S, min(CAP_S, seconds))


def _asked_s(header: str) -> float:
    seconds = _SECONDS.fullmatch(header)
    if seconds:
        return float(seconds[1])
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return DEFAULT_S
    # a date whose zone is not told is in UTC
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
