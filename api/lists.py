"""What every list of the API takes alike: how many, from where on, of which time."""

from datetime import UTC
from typing import Any

from marshmallow import Schema, fields, validate

from api import cursors
from api.cursors import Cursor
from api.strict import MOMENT
from db.pages import Page, Span

MAX_LIMIT = 100


def word(longest: int = 200, **told: Any) -> fields.String:
    """Something that a caller looks for; no text of PostgreSQL's has a NUL."""
    return fields.String(validate=[validate.Length(1, longest), validate.ContainsNoneOf("\0")], metadata=told)


def one_of(values: Any) -> fields.String:
    """One of our own words."""
    return fields.String(validate=validate.OneOf([str(value) for value in values]))


class Moment(fields.AwareDateTime):
    """A moment with its offset, told in UTC: PostgreSQL takes no offset of sixteen hours or more."""

    def __init__(self, **more: Any) -> None:
        """ISO 8601."""
        super().__init__(format="iso", error_messages=MOMENT, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError:
            raise self.make_error("invalid", input=value, obj_type="moment") from None


class PageV1(Schema):
    """A page of a list, in its order; next_cursor is null on the last page."""

    next_cursor = fields.String(required=True, allow_none=True)


class PageQueryV1(Schema):
    """How much of a list, and from where on; unknown parameters are refused."""

    limit = fields.Integer(load_default=20, validate=validate.Range(min=1, max=MAX_LIMIT))
    cursor = Cursor()


class SpanQueryV1(Schema):
    """Of which time; nothing was ever said from a moment on and before an earlier one."""

    since = Moment(metadata={"description": "from this moment on, ISO 8601 with its offset or Z"})
    until = Moment(metadata={"description": "before this moment"})


class ListQueryV1(PageQueryV1, SpanQueryV1):
    """Which part of a list."""


def span(query: dict[str, Any]) -> Span:
    """Take the time out of a query."""
    return Span(query.pop("since", None), query.pop("until", None))


def part(query: dict[str, Any]) -> tuple[int, tuple[Any, ...] | None]:
    """Take out of a query how many, and after which position."""
    return query.pop("limit"), query.pop("cursor", None)


def told(page: Page[Any]) -> dict[str, Any]:
    """A page as it is answered."""
    return {"items": page.items, "next_cursor": cursors.encode(page.position)}
