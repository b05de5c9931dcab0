"""How long a vendor asks us to stay away: the Retry-After header (RFC 9110 §10.2.3)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DEFAULT_S = 5.0
CAP_S = 300.0

_SECONDS = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*")


def pause_s(header: str | None) -> float:
    """Seconds from now, given as a number or as a date: 5 if the header is missing or unreadable, never more than 300."""
    return max(0.0, min(CAP_S, _asked_s(header or "")))


def _asked_s(header: str) -> float:
    seconds = _SECONDS.fullmatch(header)
    if seconds:
        return float(seconds[1])
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return DEFAULT_S
    # a date whose zone is not told is in UTC
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
