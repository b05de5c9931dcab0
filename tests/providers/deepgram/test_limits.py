"""An answer of Deepgram's, or of whoever stands in its place, is read up to a limit: it cannot fill a worker's memory."""

import gzip
from contextlib import suppress

import pytest

from domain.errors import NoAnswerError
from domain.recordings import Document, JobState, Recording
from providers.deepgram import http
from providers.deepgram.client import DeepgramTranscriber
from tests.support import payloads
from tests.support.recorded_server import Handler, RecordedServer, answer

RECORDING = Recording(b"RIFF", "audio/x-wav")
WORDS = payloads.deepgram("short")
MIB = 1024 * 1024
# what the sockets in between may hold
ON_THE_WAY = 16 * MIB


@pytest.fixture
def _small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_BYTES", MIB)


def too_large(transcriber: DeepgramTranscriber) -> None:
    with pytest.raises(NoAnswerError, match=r"^deepgram:unreadable_answer$") as raised:
        transcriber.transcribe(RECORDING, None)
    assert raised.value.__cause__ is None


@pytest.mark.usefixtures("_small_limit")
@pytest.mark.parametrize("status", [200, 429, 500])
def test_reading_stops_at_the_limit(deepgram: RecordedServer, transcriber: DeepgramTranscriber, status: int) -> None:
    given = 0

    def flood(handler: Handler) -> None:
        nonlocal given
        answer(status, b"", {"Content-Length": str(400 * MIB)})(handler)
        with suppress(OSError):
            for _ in range(400):
                handler.wfile.write(b" " * MIB)
                given += 1
        handler.close_connection = True

    deepgram.will(flood)
    too_large(transcriber)
    assert given * MIB < ON_THE_WAY


@pytest.mark.usefixtures("_small_limit")
def test_a_packed_answer_counts_as_what_is_in_it(deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
    deepgram.will(answer(200, gzip.compress(WORDS + b" " * MIB), {"Content-Encoding": "gzip"}))
    too_large(transcriber)


@pytest.mark.usefixtures("_small_limit")
@pytest.mark.parametrize("packed", [False, True])
def test_as_much_as_is_allowed_is_read(deepgram: RecordedServer, transcriber: DeepgramTranscriber, *, packed: bool) -> None:
    body = WORDS + b" " * (MIB - len(WORDS))
    deepgram.will(answer(200, gzip.compress(body), {"Content-Encoding": "gzip"}) if packed else answer(200, body))
    document = transcriber.transcribe(RECORDING, None)
    assert isinstance(document, Document)
    assert document.body == body


def test_the_limit_is_far_above_the_words_of_an_hour() -> None:
    assert 10 * len(payloads.hour_of_speech()) < http.MAX_BYTES <= 64 * MIB


@pytest.mark.usefixtures("_small_limit")
def test_whoever_is_looked_up_is_read_within_the_limit_too(deepgram: RecordedServer, transcriber: DeepgramTranscriber) -> None:
    deepgram.will(answer(200, b'{"code": 200}' + b" " * MIB), answer(200, b'{"code": 200}'))
    with pytest.raises(NoAnswerError, match=r"^deepgram:unreadable_answer$"):
        transcriber.look_up("c22bea24")
    assert transcriber.look_up("c22bea24") is JobState.DONE, "the connection that was given up is not used again"
