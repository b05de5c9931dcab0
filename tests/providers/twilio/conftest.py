"""Twilio's API as the adapters meet it: a recorded server on loopback."""

from collections.abc import Iterator

import pytest

from tests.support.recorded import Server, recorded


@pytest.fixture
def api() -> Iterator[Server]:
    """A server that gives the answers that the test tells it."""
    with recorded() as server:
        yield server
