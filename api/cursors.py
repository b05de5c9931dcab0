"""Where a page ends, as an opaque word for the caller."""

import binascii
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validate

MAX_CHARS = 300
# what PostgreSQL takes for an integer
_MOST = 2**31


def encode(position: tuple[Any, ...] | None) -> str | None:
    """The word for a position: moments, ids, numbers; None stays None."""
    return urlsafe_b64encode(" ".join(map(_told, position)).encode()).decode().rstrip("=") if position else None


def decode(cursor: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """The position behind a word that ``encode`` gave for these kinds of values; ValueError for any other."""
    parts = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(" ")
    return tuple(_READ[kind](part) for kind, part in zip(kinds, parts, strict=True))


def format_of(kinds: tuple[type, ...]) -> str:
    """What the document calls such a word: no pattern tells which of them we gave."""
    return "-".join(["cursor", *(kind.__name__.lower() for kind in kinds)])


class Cursor(fields.String):
    """A position, as the caller hands it back: by default a moment and an id."""

    def __init__(self, *kinds: type, **more: Any) -> None:
        """``kinds``: of which types its values are."""
        self._kinds = kinds or (datetime, UUID)
        told = {"description": "next_cursor of the page before", "maxLength": MAX_CHARS, "format": format_of(self._kinds)}
        super().__init__(validate=None, metadata=told, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            word = validate.Length(max=MAX_CHARS)(super()._deserialize(value, attr, data, **kwargs))
            return decode(str(word), self._kinds)
        except (ValueError, OverflowError, binascii.Error):
            raise ValidationError("take next_cursor of the page before, unchanged") from None


def _told(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _moment(part: str) -> datetime:
    found = datetime.fromisoformat(part)
    if found.tzinfo is None:
        raise ValueError("a position has a time zone")
    return found


def _number(part: str) -> int:
    found = int(part)
    if not -_MOST <= found < _MOST:
        raise ValueError("a position is a number of PostgreSQL's")
    return found


def _fraction(part: str) -> float:
    found = float(part)
    if not math.isfinite(found):
        raise ValueError("a position is a place on a line")
    return found


_READ: Mapping[type, Callable[[str], Any]] = {datetime: _moment, UUID: UUID, int: _number, float: _fraction}
