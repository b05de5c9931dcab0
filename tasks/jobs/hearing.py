"""The job ``transcribe``: what is said in a piece of audio, or in a recording that Twilio keeps."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import settings
from db import spending
from db.one_trip import commit
from domain import wav
from domain.errors import NoAnswerError, PermanentError, RetryableError, StepError
from domain.jobs import Job
from domain.ports import Transcriber
from domain.recordings import Document, Recording, Submitted, Word
from domain.runs import Transcription
from domain.speech import Engine, Utterance
from providers import registry
from providers.deepgram.mapping import transcription, words
from tasks.asking import ask
from tasks.jobs.asking import note_paid
from tasks.jobs.material import organization_of
from tasks.transcribing import BYTES_A_SECOND

LOOK_AGAIN_S = 60.0


def transcribe(job: Job) -> Mapping[str, object]:
    """As ``TranscribedV1`` (api/hearing_schemas.py) has it. Raises StepError, LeaseLost, StoreUnavailable."""
    transcriber = registry.transcriber()
    if transcriber is None:
        raise RetryableError("no_transcriber", LOOK_AGAIN_S, counts=False)
    recording = _recording(job)
    with _within_limits(job, transcriber, recording):
        answer = ask(transcriber, lambda it: it.transcribe(recording, None))
    said, spoken = _heard(answer)
    note_paid(job, Engine(said.provider, said.model or "", said.usage, request_id=said.vendor_request_id))
    return _told(said, spoken)


def _recording(job: Job) -> Recording:
    asked: Mapping[str, Any] = job.request
    if job.audio is not None:
        return Recording(job.audio, asked["content_type"], *wav.probe(job.audio))
    account = organization_of(job).twilio_account
    if account is None:
        raise PermanentError("no_twilio_account")
    return ask(registry.recordings(), lambda it: it.fetch(account, asked["recording_sid"], None))


@contextmanager
def _within_limits(job: Job, transcriber: Transcriber, recording: Recording) -> Iterator[None]:
    """Take the seconds of the day before they are spent; what runs on this machine costs none.

    A vendor who was busy or said no was not paid: the seconds are given back. Of one who did not answer nobody knows.
    Raises StepError, StoreUnavailable.
    """
    limits = settings.current().spend
    if recording.seconds is not None and recording.seconds > limits.recording_max_s:
        raise PermanentError("spend:recording_too_long")
    if transcriber.vendor is None:
        yield
        return
    seconds = math.ceil(recording.seconds or len(recording.audio) / BYTES_A_SECOND) * (recording.channels or 1)
    if seconds > limits.day_speech_s:
        raise PermanentError("spend:longer_than_a_day_allows")
    reserved = commit(spending.reserved_speech(job.organization_id, seconds, limits.day_speech_s))
    if not reserved:
        raise RetryableError("spend:day_speech_seconds", spending.read_today(job.organization_id).ends_s, counts=False)
    try:
        yield
    except NoAnswerError:
        raise
    except StepError:
        commit(spending.given_back_speech(job.organization_id, seconds, reserved[0].taken_at))
        raise


def _heard(answer: Submitted | Document | Transcription) -> tuple[Transcription, tuple[Word, ...]]:
    if isinstance(answer, Submitted):
        raise PermanentError("transcriber:called_back_unasked")
    return (transcription(answer.body), words(answer.body)) if isinstance(answer, Document) else (answer, ())


def _told(said: Transcription, spoken: tuple[Word, ...]) -> Mapping[str, object]:
    sure = [each.confidence for each in (spoken or said.utterances) if each.confidence is not None]
    return {
        "text": " ".join(each.text for each in said.utterances),
        "confidence": min(1.0, sum(sure) / len(sure)) if sure else None,
        "words": [{"word": each.text} | _timed(each) for each in spoken],
        "utterances": [{"speaker": each.speaker, "text": each.text} | _timed(each) for each in said.utterances],
        "engine": said.provider,
        "model": said.model,
    }


def _timed(each: Word | Utterance) -> dict[str, object]:
    sure = min(1.0, each.confidence) if each.confidence is not None else None
    return {"start_ms": each.start_ms, "end_ms": each.end_ms, "confidence": sure, "channel": each.channel}
