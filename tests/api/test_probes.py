"""/health depends on nothing; /ready names what is down, and does not hang."""

import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from flask.testing import FlaskClient

import settings
from api import probes
from db import readiness
from db.engine import WORK
from tasks import app as celery
from tests.support import chain, database


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def refusing_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def look(monkeypatch: pytest.MonkeyPatch) -> probes._Look:
    """Nobody has looked before, and whoever asks looks."""
    fresh = probes._Look()
    monkeypatch.setattr(probes, "_look", fresh)
    monkeypatch.setattr(probes, "FRESH_S", 0.0)
    return fresh


def _move_database(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr(settings, "current", settings.read)


def _move_broker(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(celery.conf, "broker_url", f"redis://127.0.0.1:{port}/0")


def test_ready_when_everything_answers(client: FlaskClient) -> None:
    answer = client.get("/ready")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ready"})


def test_dead_postgres_is_named_and_health_does_not_care(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, refusing_port: int) -> None:
    with monkeypatch.context() as moved:
        _move_database(moved, f"postgresql://x:canary@127.0.0.1:{refusing_port}/x")
        answer = client.get("/ready")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (503, ["postgres"])
    assert "canary" not in answer.text
    assert client.get("/health").get_json() == {"status": "ok"}
    assert client.get("/ready").status_code == 200, "ready again as soon as it is back"


def test_dead_broker_is_named(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, refusing_port: int) -> None:
    _move_broker(monkeypatch, refusing_port)
    answer = client.get("/ready")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (503, ["broker"])
    assert client.get("/health").get_json() == {"status": "ok"}


def test_hanging_servers_are_named_soon(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, silent_port: int) -> None:
    _move_database(monkeypatch, f"postgresql://x@127.0.0.1:{silent_port}/x")
    _move_broker(monkeypatch, silent_port)
    with chain.within(0, WORK.connect_s):  # how long a worker waits for its database alone
        answer = client.get("/ready")
    assert list(answer.get_json()["errors"]) == ["broker", "postgres"]


@pytest.mark.parametrize("statement", ["UPDATE alembic_version SET version_num = '0000'", "ALTER TABLE alembic_version RENAME TO gone"])
def test_database_behind_the_release_is_named(client: FlaskClient, statement: str) -> None:
    with database.connected(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        try:
            assert list(client.get("/ready").get_json()["errors"]) == ["migrations"]
        finally:
            cursor.execute("ALTER TABLE IF EXISTS gone RENAME TO alembic_version")
            cursor.execute("UPDATE alembic_version SET version_num = %s", (readiness.HEAD,))


def test_of_those_who_ask_while_somebody_looks_nobody_waits(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, hanging, may_end = count(), threading.Event(), threading.Event()

    def hangs() -> list[str]:
        next(looks)
        hanging.set()
        may_end.wait(10)
        return ["broker"]

    monkeypatch.setattr(probes, "_missing", hangs)
    with ThreadPoolExecutor(1) as other:
        first = other.submit(client.application.test_client().get, "/ready")
        assert hanging.wait(10)
        answer = client.get("/ready")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1"), "nobody knows yet"
        may_end.set()
        assert list(first.result().get_json()["errors"]) == ["broker"]
    hanging.clear()
    may_end.clear()
    with ThreadPoolExecutor(1) as other:
        second = other.submit(client.application.test_client().get, "/ready")
        assert hanging.wait(10)
        answers = [client.get("/ready") for _ in range(5)]
        assert [list(answer.get_json()["errors"]) for answer in answers] == [["broker"]] * 5, "what was found last"
        may_end.set()
        second.result()
    assert next(looks) == 2


def test_within_a_second_nobody_looks_again(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = count()
    monkeypatch.setattr(probes, "FRESH_S", 3_600.0)
    monkeypatch.setattr(probes, "_missing", lambda: ["broker"] * next(looks))
    assert [client.get("/ready").status_code for _ in range(5)] == [200] * 5
    assert next(looks) == 1
