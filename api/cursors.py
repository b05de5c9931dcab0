"""Where a page ends, as an opaque word for the caller: every word that the document's pattern allows is a position."""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of value as so many hexadecimal digits; ``first``: which ones it may begin with."""

    digits: int
    write: Callable[[Any], int]
    read: Callable[[int], Any]
    first: str = "0-9a-f"

    @property
    def pattern(self) -> str:
        return f"[{self.first}][0-9a-f]{{{self.digits - 1}}}"


_KINDS = {
    # to the microsecond, from 1970 to 2112
    datetime: _Kind(13, lambda moment: (moment - _EPOCH) // _MICROSECOND, lambda past: _EPOCH + past * _MICROSECOND),
    UUID: _Kind(32, lambda value: int(value.int), lambda number: UUID(int=number)),
    # within what PostgreSQL takes for an integer
    int: _Kind(7, int, int),
    # its bits; from 0 on and below 2, so none of them is infinite or no number
    float: _Kind(16, lambda value: int.from_bytes(struct.pack(">d", value)), lambda bits: struct.unpack(">d", bits.to_bytes(8))[0], "0-3"),
}


def encode(position: tuple[Any, ...] | None) -> str | None:
    """The word for a position: moments, ids, numbers from 0 on, fractions below 2; None stays None."""
    return "".join(_word(value) for value in position) if position else None


def decode(cursor: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """The position behind a word that ``encode`` gave for these kinds of values; ValueError for any other."""
    if not re.fullmatch(_pattern(kinds), cursor):
        raise ValueError("no position of these kinds")
    found, at = [], 0
    for kind in (_KINDS[each] for each in kinds):
        found.append(kind.read(int(cursor[at : at + kind.digits], 16)))
        at += kind.digits
    return tuple(found)


class Cursor(fields.String):
    """A position, as the caller hands it back: by default a moment and an id."""

    def __init__(self, *kinds: type, **more: Any) -> None:
        """``kinds``: of which types its values are."""
        self._kinds = kinds or (datetime, UUID)
        told = {"description": "next_cursor of the page before", "pattern": f"^{_pattern(self._kinds)}$"}
        super().__init__(validate=None, metadata=told, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return decode(str(super()._deserialize(value, attr, data, **kwargs)), self._kinds)
        except ValueError:
            raise ValidationError("take next_cursor of the page before, unchanged") from None


def _word(value: object) -> str:
    kind = _KINDS[type(value)]
    return f"{kind.write(value):0{kind.digits}x}"


def _pattern(kinds: tuple[type, ...]) -> str:
    return "".join(_KINDS[kind].pattern for kind in kinds)
