"""A database on its way through the revisions with rows in every table: what it holds, and whether that is all that it may hold."""

import re
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name

SCRIPTS = ScriptDirectory.from_config(Config("alembic.ini"))
REVISIONS = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
ROWS = Path(__file__).parents[1] / "db" / "rows"

Contents = dict[str, list[dict[str, Any]]]


def asked(connection: Connection, query: str | sql.Composed) -> list[tuple[Any, ...]]:
    """What a query answers."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def fill(connection: Connection, revision: str) -> None:
    """Insert the rows of every revision up to this one, as tests/db/rows keeps them."""
    with connection.cursor() as cursor:
        for path in sorted(ROWS.glob("*.sql")):
            if path.stem <= revision:
                cursor.execute(path.read_text(encoding="utf-8"))


def contents(connection: Connection) -> Contents:
    """Every row of every table, by column; in an order that does not depend on when they were written."""
    return {table: _rows(connection, table) for (table,) in asked(connection, _TABLES)}


def within(now: Contents, before: Contents) -> Contents:
    """What is there now, narrowed to the tables and columns that were there before."""
    return {table: _sorted([{name: row[name] for name in rows[0]} for row in now[table]]) for table, rows in before.items()}


def unrepresented(connection: Connection) -> list[str]:
    """What the schema allows and no row shows: empty tables, columns that are always NULL or never, values of a CHECK."""
    empty = [table for table, rows in contents(connection).items() if not rows]
    return [*empty, *_one_sided(connection), *_unused_values(connection)]


def _rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    return _sorted([row for (row,) in asked(connection, sql.SQL("SELECT to_jsonb(t) FROM {} AS t").format(sql.Identifier(table)))])


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: sorted((name, str(value)) for name, value in row.items()))


def _one_sided(connection: Connection) -> list[str]:
    found = []
    for table, column in asked(connection, _NULLABLE):
        names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        query = sql.SQL("SELECT DISTINCT {column} IS NULL FROM {table}").format(**names)
        found += [] if len(asked(connection, query)) == 2 else [f"{table}.{column}: NULL and not NULL"]
    return found


def _unused_values(connection: Connection) -> list[str]:
    found = []
    for table, name, definition in asked(connection, _CHECKS):
        column = name.removeprefix(f"ck_{table}_")
        names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        used = {value for (value,) in asked(connection, sql.SQL("SELECT DISTINCT {column} FROM {table}").format(**names))}
        found += [f"{table}.{column}: {value}" for value in re.findall(r"'(\w+)'", definition) if value not in used]
    return found


_TABLES = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
_NULLABLE = """
SELECT c.table_name::text, c.column_name::text FROM information_schema.columns AS c
JOIN pg_tables AS t ON t.tablename = c.table_name AND t.schemaname = c.table_schema
WHERE c.table_schema = 'public' AND c.is_nullable = 'YES' ORDER BY 1, 2"""
_CHECKS = """
SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'c' AND connamespace = 'public'::regnamespace ORDER BY 1, 2"""
