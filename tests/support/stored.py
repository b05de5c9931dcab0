"""What the product has stored, seen from outside through a connection of its own."""

import os
import time
from typing import Any

from benchmarks.harness import database


def rows(query: str, *parameters: object) -> list[dict[str, Any]]:
    """The rows of a query, in libpq's spelling (%s)."""
    return database.rows(os.environ["DATABASE_URL"], query, *parameters)


def row(query: str, *parameters: object) -> dict[str, Any]:
    """The only row of a query."""
    found = rows(query, *parameters)
    assert len(found) == 1, f"{len(found)} rows for: {query}"
    return found[0]


def count(table: str) -> int:
    """How many rows a table has."""
    return int(row(f"SELECT count(*) AS n FROM {table}")["n"])  # noqa: S608 - the tests name the tables


def awaited(query: str, *parameters: object, within_s: float = 30.0) -> dict[str, Any]:
    """The first row of a query as soon as there is one."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = rows(query, *parameters)
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"no row within {within_s} s for: {query}")
