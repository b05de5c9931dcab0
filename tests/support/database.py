"""The test process's database: emptied before each test, migrated up and down, looked at from outside the product."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg2
from alembic import command
from alembic.config import Config
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name
from sqlalchemy import delete, make_url

import settings
from db.engine import FRONT, WORK, engine
from db.tables import Base


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A plain autocommit connection beside the product's own engines."""
    connection = psycopg2.connect(_for_libpq(url))
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def vacuum(*tables: str) -> None:
    """Let the statistics know what the tables hold.

    On a connection of its own: SQLAlchemy leaves one that was set to autocommit with a way back that costs each later user of the pool
    a visit.
    """
    with connected(settings.current().database_url) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))


# what a demoted primary does to the connection that it is said on: it lives, and takes no more writes; answers the backend's pid
BECOMES_READ_ONLY = "SELECT pg_backend_pid() FROM set_config('default_transaction_read_only', 'on', false)"


@contextmanager
def read_only() -> Iterator[None]:
    """A server that takes no writes, as on a full disk, from the pooled connections on and on any new one."""
    name = sql.Identifier(make_url(settings.current().database_url).database or "")
    with connected(settings.current().database_url) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        for profile in (FRONT, WORK):
            engine(profile).dispose()
        try:
            yield
        finally:
            cursor.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))


def create(server_url: str, name: str, template: str = "template0") -> str:
    """Make a database on that server, a copy of another to which nobody is connected; its URL."""
    with connected(server_url) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def drop(server_url: str, name: str) -> None:
    """Drop a database together with whoever is still connected to it."""
    with connected(server_url) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def upgrade(revision: str = "head") -> None:
    """Migrate the database that the settings name."""
    command.upgrade(Config("alembic.ini"), revision)


def downgrade(revision: str) -> None:
    """Take migrations back: ``-1`` for the last one, ``base`` for all."""
    command.downgrade(Config("alembic.ini"), revision)


def empty(url: str) -> None:
    """Delete every row. DELETE in one round trip beats TRUNCATE here, whose cost is per table, not per row."""
    with _cleaner(url).cursor() as cursor:
        cursor.execute(_EMPTY)


@cache
def _cleaner(url: str) -> Connection:
    connection = psycopg2.connect(_for_libpq(url), options="-c lock_timeout=10s -c synchronous_commit=off")
    connection.autocommit = True
    return connection


def _for_libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


# the pointer from transcript to run goes first: it closes a circle
_OPEN_CIRCLES = "UPDATE transcripts SET current_run_id = NULL; UPDATE runs SET predecessor_id = NULL; "
_EMPTY = _OPEN_CIRCLES + "; ".join(str(delete(table)) for table in reversed(Base.metadata.sorted_tables))
