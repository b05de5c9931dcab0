"""A broker connection of the test's own, and settings that a test may change."""

import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sentry_sdk
from kombu.connection import Connection

import settings
from observability import alarm, sentry
from providers import registry
from scripts.stack import places, redis_server
from tasks import app
from tests.observability.test_sentry import Kept
from tests.support import chain
from tests.support.fake_messenger import FakeMessenger


@pytest.fixture(autouse=True, scope="session")
def _bound() -> None:
    """Celery binds a task on its first use, and not safely so on two threads at once; a worker does it at its start."""
    app.finalize()


@pytest.fixture
def broker() -> Iterator[Connection]:
    """The test's Redis, without the front's impatience."""
    with Connection(settings.current().broker_url) as connection:
        yield connection


@pytest.fixture
def server(tmp_path: Path) -> Iterator[redis_server.Redis]:
    """A Redis of the test's own, as the local stack starts it; the test may stop or kill it."""
    here = places.of(tmp_path)
    here.make()
    running = redis_server.start(here)
    yield running
    running.process.send_signal(signal.SIGCONT)
    running.stop()


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> FakeMessenger:
    """The messenger of the test."""
    fake = FakeMessenger()
    monkeypatch.setattr(registry, "messenger", lambda _: fake)
    return fake


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Sets environment variables and has the settings read anew; afterwards the old ones count again."""

    def configure(**variables: object) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        settings.current.cache_clear()

    yield configure
    monkeypatch.undo()
    settings.current.cache_clear()


@pytest.fixture
def transport(configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    """Sentry, as a worker sets it up, that has heard of nothing yet."""
    kept, before = Kept(), sentry_sdk.get_global_scope().client
    sentry.setup("https://public@sentry.example/1", "test", "worker", transport=kept)
    configured(SENTRY_DSN="https://public@sentry.example/1")
    monkeypatch.setattr(alarm, "_told", {})
    monkeypatch.setattr(alarm, "_left_out", {})
    yield kept
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(before)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Queries of the plant give up at once when a test keeps a table locked."""
    for module in ("driver", "plant.sweep", "plant.workers"):
        monkeypatch.setattr(f"db.{module}.engine", chain.impatient_engine)
    monkeypatch.setattr("tasks.patience.PATIENCE_S", 0)


@pytest.fixture
def refusing() -> str:
    """A broker that nobody serves."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{nobody.getsockname()[1]}/0"


@pytest.fixture
def hanging() -> Iterator[str]:
    """A broker that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        yield f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
