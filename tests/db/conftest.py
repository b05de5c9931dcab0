"""A database that a test may migrate up and down."""

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class, whatever its name

import settings
from tests.support import database
from tests.support.sessions import session


@pytest.fixture
def migrating(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """An empty database that the settings name, and a connection to it. Its name is new each time: engines are kept by their URL."""
    server, name = os.environ["DATABASE_URL"], f"hookline_migrating_{uuid4().hex}"
    monkeypatch.setenv("DATABASE_URL", database.create(server, name))
    settings.current.cache_clear()
    with database.connected(os.environ["DATABASE_URL"]) as connection:
        yield connection
    session.remove()
    monkeypatch.undo()
    settings.current.cache_clear()
    database.drop(server, name)
