"""Recordings become words on this machine: real loading code, real voice detection, and a model of two megabytes."""

import struct
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import settings
from domain.errors import PermanentError, RetryableError
from domain.recordings import Recording
from tests.support import sounds
from tests.support.transcribers import DUAL, MONO, needs_whisper

if TYPE_CHECKING:
    from providers.local.whisper import WhisperTranscriber

pytestmark = needs_whisper
CALLBACK = "https://deepgram:s3cret-passw0rd@hookline.example/webhooks/deepgram/id.mac"
SPOKEN = "hello from the tiny model"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model."""
    folder = tmp_path_factory.mktemp("whisper") / "tiny-test"
    import_module("tests.support.tiny_whisper").write(folder)
    return folder


def transcriber(model: Path) -> "WhisperTranscriber":
    made: WhisperTranscriber = import_module("providers.local.whisper").WhisperTranscriber(str(model))
    return made


def test_what_was_said_is_heard_with_its_times(model: Path) -> None:
    found = transcriber(model).transcribe(MONO, CALLBACK)
    [said] = found.utterances
    assert (said.text, said.speaker, said.channel) == (SPOKEN, 0, 0)
    # the detector lets a voice begin 0.4 s early, so that no syllable is lost
    assert 0 <= said.start_ms <= 500 <= said.end_ms - 1_000
    assert said.confidence == pytest.approx(1, abs=0.05)
    assert (found.provider, found.model, found.usage) == ("whisper", "tiny-test", {"audio_seconds": 3})


def test_two_channels_are_heard_one_at_a_time(model: Path) -> None:
    found = transcriber(model).transcribe(DUAL, None)
    assert [(said.seq, said.speaker, said.text) for said in found.utterances] == [(0, 0, SPOKEN), (1, 1, SPOKEN)]
    assert found.utterances[0].start_ms < 500
    assert 2_500 <= found.utterances[1].start_ms <= 3_000
    assert found.usage == {"audio_seconds": 10}


def test_recording_whose_channels_nobody_told_is_heard_as_one(model: Path) -> None:
    found = transcriber(model).transcribe(Recording(DUAL.audio, DUAL.content_type), None)
    assert {said.speaker for said in found.utterances} == {0}
    assert found.usage == {"audio_seconds": 5}


def test_minutes_are_heard_window_by_window(model: Path) -> None:
    found = transcriber(model).transcribe(sounds.recording(np.tile(sounds.voice(10), 7)), None)
    assert [said.text for said in found.utterances] == [SPOKEN] * 3
    assert found.utterances[-1].end_ms <= 70_000


@pytest.mark.parametrize("audio", [b"", b"RIFF", b"<html></html>", MONO.audio[:20], b"ID3" + bytes(5_000)])
def test_what_is_no_sound_is_unreadable(model: Path, audio: bytes) -> None:
    with pytest.raises(PermanentError, match=r"^whisper:unreadable_audio$"):
        transcriber(model).transcribe(Recording(audio, "audio/x-wav"), None)


def test_sound_that_breaks_off_is_heard_as_far_as_it_goes(model: Path) -> None:
    assert transcriber(model).transcribe(Recording(MONO.audio[:-9_001], "audio/x-wav"), None).utterances


def test_recording_of_no_length_has_no_words(model: Path) -> None:
    for empty in (sounds.recording(np.zeros(0)), sounds.recording(np.zeros(0), np.zeros(0))):
        assert transcriber(model).transcribe(empty, None).utterances == ()


def test_telephone_coding_is_understood(model: Path) -> None:
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 7, 1, 8_000, 8_000, 1, 8, 0)
    audio = b"WAVE" + form + struct.pack("<4sI", b"data", 8_000) + b"\xff" * 8_000
    found = transcriber(model).transcribe(Recording(b"RIFF" + struct.pack("<I", len(audio)) + audio, "audio/x-wav"), None)
    assert (found.utterances, found.usage) == ((), {"audio_seconds": 1})


def test_model_is_read_once_and_not_before_it_is_needed(model: Path, tmp_path: Path) -> None:
    transcriber(tmp_path / "nowhere")
    ours = transcriber(model)
    ours.transcribe(MONO, None)
    assert ours._model is ours._model


@pytest.mark.parametrize("missing", ["everything", "model.bin", "tokenizer.json"])
def test_missing_model_is_waited_for_and_never_looked_for_on_the_network(model: Path, tmp_path: Path, missing: str) -> None:
    if missing != "everything":
        for part in model.iterdir():
            if part.name != missing:
                (tmp_path / part.name).write_bytes(part.read_bytes())
    with pytest.raises(RetryableError, match=r"^whisper:no_model$") as raised:
        transcriber(tmp_path).transcribe(MONO, None)
    assert (raised.value.delay_s, raised.value.counts) == (300.0, False)


def test_model_that_cannot_be_read_is_waited_for(tmp_path: Path) -> None:
    for name in ("model.bin", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(RetryableError, match=r"^whisper:no_model$"):
        transcriber(tmp_path).transcribe(MONO, None)


def test_whoever_waits_no_more_is_worked_for_no_more(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKER_TIMEOUT_SECONDS", "0.1")
    settings.current.cache_clear()
    try:
        with pytest.raises(RetryableError, match=r"^whisper:timeout$"):
            transcriber(model).transcribe(sounds.recording(np.tile(sounds.voice(10), 7)), None)
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()
