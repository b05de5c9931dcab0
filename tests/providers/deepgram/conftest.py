"""Deepgram on loopback, and our transcriber that talks to it through the official SDK."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from providers.deepgram.client import DeepgramTranscriber
from tests.support import recorded_server
from tests.support.recorded_server import RecordedServer
from tests.support.transcribers import Build, deepgram_transcriber


@pytest.fixture
def deepgram() -> Iterator[RecordedServer]:
    """The vendor."""
    with recorded_server.running() as server:
        yield server


@pytest.fixture
def build(deepgram: RecordedServer) -> Iterator[Build]:
    """Makes a transcriber; a keyword replaces a setting."""
    with ExitStack() as connections:

        def make(timeout_s: float = 5.0, **changed: object) -> DeepgramTranscriber:
            fields = {"base_url": deepgram.url} | changed
            return connections.enter_context(deepgram_transcriber(timeout_s, **fields))

        yield make


@pytest.fixture
def transcriber(build: Build) -> DeepgramTranscriber:
    """Ours, with the settings of every day."""
    return build()
