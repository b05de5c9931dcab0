"""Where a page ends, as an opaque word for the caller."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields

Position = tuple[datetime, UUID]


def encode(position: Position | None) -> str | None:
    """The word for a position; None stays None."""
    return urlsafe_b64encode(f"{position[0].isoformat()} {position[1]}".encode()).decode().rstrip("=") if position else None


def decode(cursor: str) -> Position:
    """The position behind a word that ``encode`` gave; ValueError for any other."""
    created_at, _, id_ = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().rpartition(" ")
    position = (datetime.fromisoformat(created_at), UUID(id_))
    if position[0].tzinfo is None:
        raise ValueError("a position has a time zone")
    return position


class Cursor(fields.String):
    """A position, as the caller hands it back; in the document a format of its own, for no pattern tells which words we gave."""

    FORMAT = "cursor"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return decode(super()._deserialize(value, attr, data, **kwargs))
        except (ValueError, binascii.Error):
            raise ValidationError("take next_cursor of the page before, unchanged") from None
