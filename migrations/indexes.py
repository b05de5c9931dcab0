"""Indexes over tables that are in use: built beside the traffic, safe to begin again."""

from collections.abc import Mapping

from alembic import op

from migrations.limits import beside_traffic


def build(indexes: Mapping[str, str], *, unique: bool = False) -> None:
    """Make indexes, ``{name: "table (columns) WHERE …"}``; what an earlier attempt left unfinished is dropped first.

    Nobody waits for it, so it may take as long as it takes.
    """
    with beside_traffic():
        for name, what in indexes.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE {'UNIQUE ' if unique else ''}INDEX CONCURRENTLY {name} ON {what}")


def drop(indexes: Mapping[str, str]) -> None:
    """Drop them."""
    with beside_traffic():
        for name in indexes:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
