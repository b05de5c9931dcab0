"""Pages of a list, newest first: how each list is cut, and where the next page starts. Knows no table and no tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_

from db.engine import engine
from db.outage import reported

Item = TypeVar("Item")
Query = Select[*tuple[Any, ...]]
Position = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; ``position`` is where the next one starts, None on the last."""

    items: tuple[Item, ...]
    position: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True)
class Span:
    """A time: from ``since`` on, before ``until``; None is without an end."""

    since: datetime | None = None
    until: datetime | None = None

    def over(self, column: Any) -> list[ColumnElement[bool]]:
        """The conditions on a column."""
        begins = [] if self.since is None else [column >= self.since]
        return begins if self.until is None else [*begins, column < self.until]


ALWAYS = Span()


def same(columns: Mapping[str, Any], wanted: Mapping[str, object]) -> list[ColumnElement[bool]]:
    """A condition for each of these columns of which something is wanted; None wants anything."""
    return [column == wanted[name] for name, column in columns.items() if wanted.get(name) is not None]


def cut(query: Query, at: Any, key: Any, limit: int, after: tuple[Any, ...] | None) -> Query:
    """The newest first by ``at`` and then ``key``, after a position; one row more than asked for tells whether there is a next page."""
    ordered = query.add_columns(at.label("position_at"), key.label("position_key")).order_by(at.desc(), key.desc()).limit(limit + 1)
    return ordered.where(tuple_(at, key) < after) if after else ordered


def fetch(query: Query, view: type[Item], limit: int) -> Page[Item]:
    """The page of a query that was cut. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        rows = [row._asdict() for row in connection.execute(query)]
    positions = [(row.pop("position_at"), row.pop("position_key")) for row in rows]
    items = tuple(view(**row) for row in rows[:limit])
    return Page(items, positions[limit - 1] if len(rows) > limit else None)
