"""Looks into a database from outside, through a connection that nobody shares."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import psycopg2.extras


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """An autocommit connection by libpq's URL, whose rows are mappings by column."""
    connection = psycopg2.connect(url, cursor_factory=psycopg2.extras.RealDictCursor)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def rows(url: str, query: str, *parameters: object, **named: object) -> list[dict[str, Any]]:
    """The rows of a query, in libpq's spelling: ``%s`` for each of the parameters, or ``%(name)s`` for the named ones."""
    with connected(url) as connection, connection.cursor() as cursor:
        cursor.execute(query, named or parameters)
        return [dict(row) for row in cursor.fetchall()] if cursor.description else []
