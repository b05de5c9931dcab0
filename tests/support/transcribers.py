"""Every transcriber there is, each against something that hears: recorded answers, the vendor twin, a tiny model."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from domain.ports import Transcriber
from domain.recordings import Recording
from providers.deepgram.client import DeepgramTranscriber
from scripts import twin
from scripts.twin import config
from settings import DeepgramSettings
from tests.support import payloads, recorded_server, sounds
from tests.support.recorded_server import Handler, answer

DEEPGRAM_PROJECT = "8d3f6f0e-0000-4000-8000-000000000001"

MONO = sounds.recording(np.concatenate([sounds.silence(0.5), sounds.voice(2.0), sounds.silence(0.5)]))
DUAL = sounds.recording(
    np.concatenate([sounds.voice(2.0), sounds.silence(3.0)]),
    np.concatenate([sounds.silence(3.0), sounds.voice(2.0)]),
)
SILENCE = sounds.recording(sounds.silence(2.0))
NO_AUDIO = Recording(b"<!doctype html><title>Not a recording</title>", "audio/x-wav")

Build = Callable[..., DeepgramTranscriber]

# a large package, which only those need who transcribe on their own machine
needs_whisper = pytest.mark.skipif(find_spec("faster_whisper") is None, reason="pip install -r requirements-whisper.txt")


@contextmanager
def deepgram_transcriber(timeout_s: float = 5.0, **changed: object) -> Iterator[DeepgramTranscriber]:
    """A transcriber of Deepgram's; a keyword replaces a setting."""
    fields = {
        "api_key": "dg-test-key",
        "base_url": "http://127.0.0.1:9",
        "project_id": DEEPGRAM_PROJECT,
        "model": "nova-3",
        "language": None,
        "by_callback": True,
        "overdue_s": 600.0,
        "concurrency": 50,
    }
    yield DeepgramTranscriber(DeepgramSettings(**(fields | changed)), timeout_s)  # type: ignore[arg-type]  # a test's keywords


@contextmanager
def by_recorded_answers(_: Path) -> Iterator[Transcriber]:
    """Deepgram as it was recorded."""
    with recorded_server.running() as server, deepgram_transcriber(base_url=server.url) as transcriber:
        server.will(_recorded)
        yield transcriber


@contextmanager
def by_the_twin(_: Path) -> Iterator[Transcriber]:
    """Deepgram as the vendor twin plays it."""
    with (
        twin.running() as playing,
        deepgram_transcriber(base_url=playing.url, api_key=config.DEEPGRAM_KEY, project_id=config.PROJECT_ID) as transcriber,
    ):
        playing.hear(SILENCE.audio, json.loads(payloads.deepgram("empty")))
        yield transcriber


@contextmanager
def by_whisper(folder: Path) -> Iterator[Transcriber]:
    """A model on this machine."""
    import_module("tests.support.tiny_whisper").write(folder)
    yield import_module("providers.local.whisper").WhisperTranscriber(str(folder))


TRANSCRIBERS = [
    pytest.param(by_recorded_answers, id="recorded"),
    pytest.param(by_the_twin, id="twin"),
    pytest.param(by_whisper, id="whisper", marks=needs_whisper),
]


def _recorded(handler: Handler) -> None:
    asked = handler.recorded.asked[-1]
    if asked.method == "GET":
        return answer(404, b"Invalid URL: UUID parsing failed")(handler)
    if asked.body == NO_AUDIO.audio:
        return answer(400, payloads.deepgram("error"))(handler)
    if "callback" in asked.query:
        return answer(200, payloads.deepgram("accepted"))(handler)
    name = "empty" if asked.body == SILENCE.audio else "multichannel" if "multichannel" in asked.query else "short"
    return answer(200, payloads.deepgram(name))(handler)
