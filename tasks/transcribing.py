"""Gets the words of a recording: hands it to a transcriber once (I8), within what may be spent, and waits for the callback."""

import math
from datetime import UTC, datetime, timedelta
from functools import partial

import settings
from db import events, spending, submissions
from db.plant import vendors
from domain.callback_tokens import JobToken, callback_url
from domain.chain import Purpose
from domain.errors import NoAnswerError, PermanentError, RetryableError, StepError
from domain.ports import Transcriber
from domain.recordings import Document, JobState, Recording, Submission, Submitted
from domain.runs import Run, Transcription, Wait
from providers import registry
from tasks.asking import ask
from tasks.patience import patiently
from tasks.step import max_attempts

CALLBACK_VALID = timedelta(hours=24)
SUBMITTED_AT_MOST = 2
UNANSWERED_AT_MOST = 4
# nothing calls back for words that were to come in the answer: who did not get it may ask again once it cannot come any more
INLINE_MARGIN_S = 30.0
# a header that tells no length: no codec of a telephone takes fewer bytes for a second
BYTES_A_SECOND = 1_000


def obtain(run: Run, transcriber: Transcriber) -> Transcription | Document | Wait:
    """The words, the document with them, or a wait for the callback that brings it.

    Raises RetryableError, PermanentError: too long, submitted twice in vain, or no such recording.
    """
    if transcriber.vendor is None:
        recording = _fetch_within_limits(run)
        return _words(ask(transcriber, lambda it: it.transcribe(recording, None)))
    if run.claim.purpose is Purpose.REPROCESS:
        raise PermanentError("no_words_stored")
    before = submissions.standing(run.claim)
    if before and before.age_s < _due_s(run, before):
        return Wait(transcriber.name, _due_s(run, before) - before.age_s)
    if before:
        _give_up_on_hopeless(run, before, transcriber)
    # megabytes are not fetched for somebody who takes nothing now
    vendors.refuse_if_down(transcriber.vendor)
    return _submit(run, transcriber, tries=before.tries + 1 if before else 1)


def _submit(run: Run, transcriber: Transcriber, tries: int) -> Transcription | Document | Wait:
    recording = _fetch_within_limits(run)
    seconds = _billed_s(run, recording)
    day_limit = settings.current().spend.day_speech_s
    if seconds > day_limit:
        raise PermanentError("spend:longer_than_a_day_allows")
    number = submissions.submit(run.claim, seconds, day_limit)
    if number is None:
        raise RetryableError("spend:day_speech_seconds", spending.read_today(run.claim.organization_id).ends_s, counts=False)
    try:
        answer = ask(transcriber, lambda it: it.transcribe(recording, _callback_url(run, number)))
    except NoAnswerError as error:
        # it may have been taken: the callback will tell, or the due time
        return Wait(transcriber.name, _due_s(run, Submission(tries, 0.0, None)), error.code)
    except StepError:
        submissions.withdraw(run.claim, number, seconds)
        raise
    if isinstance(answer, Submitted):
        submissions.note_accepted(run.claim, number, answer.request_id)
        return Wait(transcriber.name, _due_s(run, Submission(tries, 0.0, answer.request_id)))
    return _kept(run, transcriber, answer)


def _kept(run: Run, transcriber: Transcriber, answer: Document | Transcription) -> Document | Transcription:
    if isinstance(answer, Document):
        patiently(partial(events.keep_answer, run.claim, transcriber.name, answer.request_id, answer.body))
    return answer


def _words(answer: Submitted | Document | Transcription) -> Document | Transcription:
    if isinstance(answer, Submitted):
        raise PermanentError("transcriber:called_back_unasked")
    return answer


def _give_up_on_hopeless(run: Run, before: Submission, transcriber: Transcriber) -> None:
    """An overdue job is submitted once more, unless that is known to be in vain.

    Of what was never acknowledged nobody knows whether it was taken, and an outage can cut every call for an hour: it is submitted more
    often, each time after twice the wait. If it was taken, its callback ends the waiting.
    """
    unanswered_at_most = UNANSWERED_AT_MOST if settings.current().deepgram.by_callback else SUBMITTED_AT_MOST
    if before.request_id is None and before.tries >= unanswered_at_most:
        raise PermanentError(f"{transcriber.name}:never_answered")
    if before.request_id is not None and before.tries >= SUBMITTED_AT_MOST:
        raise PermanentError(f"{transcriber.name}:callback_overdue")
    if before.request_id and _state(run, before.request_id, transcriber) is JobState.FAILED:
        raise PermanentError(f"{transcriber.name}:job_failed")


def _state(run: Run, request_id: str, transcriber: Transcriber) -> JobState:
    try:
        return ask(transcriber, lambda it: it.look_up(request_id))
    except PermanentError:
        return JobState.UNKNOWN
    except RetryableError as error:
        # a question that is never answered must not cost the words
        if not error.counts or run.claim.attempts < max_attempts():
            raise
        return JobState.UNKNOWN


def _fetch_within_limits(run: Run) -> Recording:
    _refuse_too_long(run.duration_s)
    recording = _fetch(run)
    _refuse_too_long(recording.seconds)
    return recording


def _fetch(run: Run) -> Recording:
    account = run.organization.twilio_account
    if account is None:
        raise PermanentError("no_twilio_account")
    return ask(registry.recordings(), lambda it: it.fetch(account, run.source_ref, run.channels))


def _callback_url(run: Run, number: int) -> str | None:
    current = settings.current()
    if not current.deepgram.by_callback:
        return None
    expires_at = (datetime.now(UTC) + CALLBACK_VALID).replace(microsecond=0)
    token = JobToken(run.claim.organization_id, run.claim.transcript_id, number, expires_at)
    return callback_url(current.public_base_url, current.secret_key, token)


def _due_s(run: Run, of: Submission) -> float:
    current = settings.current()
    if not current.deepgram.by_callback:
        return current.worker_timeout_s + INLINE_MARGIN_S
    due_s = max(2 * (run.duration_s or 0.0), current.deepgram.overdue_s)
    return due_s if of.request_id else due_s * 2.0 ** max(0, of.tries - 1)


def _refuse_too_long(seconds: float | None) -> None:
    if seconds is not None and seconds > settings.current().spend.recording_max_s:
        raise PermanentError("spend:recording_too_long")


def _billed_s(run: Run, recording: Recording) -> int:
    """Whole seconds of all channels, of which each is charged for."""
    seconds = recording.seconds or run.duration_s or len(recording.audio) / BYTES_A_SECOND
    return math.ceil(seconds) * (recording.channels or run.channels or 1)
