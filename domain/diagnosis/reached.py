"""What is heard of somebody who answered when a diagnosis asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody answered. ``clock`` is the answer's Date, exact to a second; ``models`` are those that may be asked, None if nobody told."""

    clock: datetime | None
    models: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class FrontAnswer:
    """What came back from our own public address: ``code`` is the error body's, ``location`` where a redirect leads."""

    status: int
    code: str | None = None
    location: str | None = None


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """The header Date, if it is one."""
    try:
        return parsedate_to_datetime(headers.get("Date", "")).astimezone(UTC)
    except (TypeError, ValueError):
        return None
