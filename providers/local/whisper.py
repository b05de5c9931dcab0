"""Turns recordings into words on this machine, with faster-whisper and a model that you bring. Optional: requirements-whisper.txt.

A recording takes a large part of its own length on a CPU: set WORKER_TIMEOUT_SECONDS accordingly.
"""

import io
import math
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from av.error import FFmpegError
from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio

import settings
from domain.errors import PermanentError, RetryableError
from domain.recordings import JobState, Recording
from domain.runs import Transcription
from domain.speech import Utterance
from domain.vendors import Vendor

SAMPLE_RATE = 16_000
# a caller who gave up hears nothing any more: be done before, and leave the processor to the next one
OF_THE_LIMIT = 0.9
# without them faster-whisper would look for the model on the network
NEEDED = ("model.bin", "tokenizer.json")
LOOK_AGAIN_S = 300.0


class WhisperTranscriber:
    """Implements ``domain.ports.Transcriber``. The model is read on first use and kept.

    Raises PermanentError("whisper:unreadable_audio"), RetryableError("whisper:timeout") and, as long as there is no model at the path,
    RetryableError("whisper:no_model"), which uses up no attempt.
    """

    vendor: Vendor | None = None
    name = "whisper"

    def __init__(self, model_path: str) -> None:
        """``model_path`` is a folder with a model that was converted for CTranslate2."""
        self._path = Path(model_path)

    def transcribe(self, recording: Recording, callback_url: str | None) -> Transcription:  # noqa: ARG002 - the port's; nobody is called back
        """The words at once. Of a recording with two channels each is heard by itself, and the channel is the speaker."""
        ends = time.monotonic() + OF_THE_LIMIT * settings.current().worker_timeout_s
        channels = _channels(recording)
        heard = [self._hear(channel, samples, ends) for channel, samples in enumerate(channels)]
        ordered = sorted((part for parts in heard for part in parts), key=lambda part: (part[1].start, part[0]))
        utterances = tuple(_utterance(seq, channel, segment) for seq, (channel, segment) in enumerate(ordered))
        seconds = sum(len(samples) for samples in channels) / SAMPLE_RATE
        return Transcription(utterances, self.name, self._path.name, usage={"audio_seconds": math.ceil(seconds)})

    def look_up(self, request_id: str) -> JobState:  # noqa: ARG002 - the port's; there are no jobs here
        """Nothing is ever left to come."""
        return JobState.UNKNOWN

    def _hear(self, channel: int, samples: "np.ndarray[Any, Any]", ends: float) -> Sequence[tuple[int, Any]]:
        # Silence is left out before the model hears it: it would make words of it. One window does not see the words of the last:
        # what was misheard once would be heard again and again.
        segments, _ = self._model.transcribe(samples, vad_filter=True, condition_on_previous_text=False)
        return [(channel, segment) for segment in _in_time(segments, ends) if segment.text.strip()]

    @cached_property
    def _model(self) -> WhisperModel:
        if not all((self._path / name).is_file() for name in NEEDED):
            raise RetryableError("whisper:no_model", LOOK_AGAIN_S, counts=False)
        try:
            return WhisperModel(str(self._path), local_files_only=True)
        except (RuntimeError, ValueError):
            raise RetryableError("whisper:no_model", LOOK_AGAIN_S, counts=False) from None


def _channels(recording: Recording) -> "Sequence[np.ndarray[Any, Any]]":
    several = (recording.channels or 1) > 1
    try:
        decoded = decode_audio(io.BytesIO(recording.audio), SAMPLE_RATE, split_stereo=several)
    except (FFmpegError, IndexError, ValueError):
        # no sound file; one without a sound track; one that breaks off in its head
        raise PermanentError("whisper:unreadable_audio") from None
    return decoded if several else (decoded,)


def _in_time(segments: Iterator[Any], ends: float) -> Iterator[Any]:
    """The segments as the model finds them, until the time is up: the model works only while somebody asks for the next one."""
    for segment in segments:
        if time.monotonic() > ends:
            raise RetryableError("whisper:timeout")
        yield segment


def _utterance(seq: int, channel: int, segment: Any) -> Utterance:
    return Utterance(
        seq=seq,
        speaker=channel,
        text=segment.text.replace("\0", "\N{REPLACEMENT CHARACTER}").strip(),
        start_ms=round(segment.start * 1000),
        end_ms=round(segment.end * 1000),
        confidence=min(1.0, math.exp(segment.avg_logprob)),
        channel=channel,
    )
