"""OpenAI on loopback."""

from collections.abc import Iterator

import pytest

from tests.support import recorded_server
from tests.support.recorded_server import RecordedServer


@pytest.fixture
def openai_server() -> Iterator[RecordedServer]:
    """The vendor."""
    with recorded_server.running() as server:
        yield server
