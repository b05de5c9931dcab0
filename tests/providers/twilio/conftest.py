"""Twilio's API as the adapters meet it: a recorded server on loopback."""

from collections.abc import Iterator

import pytest

from tests.support import recorded_server
from tests.support.recorded_server import RecordedServer


@pytest.fixture
def api() -> Iterator[RecordedServer]:
    """A server that gives the answers that the test tells it."""
    with recorded_server.running() as server:
        yield server
