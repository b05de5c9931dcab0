"""The first step: words out of the stored payload, or out of the recording."""

from dataclasses import replace

from db import earlier
from db.events import ANSWER, fetch_bodies, fetch_body
from domain.chain import Source, Stage
from domain.recordings import Document
from domain.runs import MISSING_EVENTS, Run, Transcription, Wait
from domain.telephony.told_calls import PROVIDER, SAID, utterances
from providers import registry
from providers.deepgram.mapping import transcription
from providers.twilio.live import written
from providers.twilio.mapping import message, turn
from tasks import engines, transcribing
from tasks.alarm import raise_alarm
from tasks.step import step

# nobody may have configured a transcriber yet; the recording stays at Twilio, so there is no hurry
LOOK_AGAIN_S = 3_600.0
# what Twilio wrote down comes in many requests, of which some are late: looked for again so often, and not for longer
MISSING_AGAIN_S, MISSING_AT_MOST_S = 5.0, 30.0


@step(Stage.TRANSCRIBE)
def transcribe(run: Run) -> Transcription | Wait:
    """What was said, as utterances; a recording without a transcriber waits for one and looks again every hour.

    An emergency is told at once.
    """
    key = engines.words_key(run)
    words = _known(run, key) or (_written(run) if run.source is Source.LIVE_TRANSCRIPTION else _said(run))
    if isinstance(words, Transcription):
        # nobody in danger stands in the queue of the language model
        raise_alarm(run, words.utterances)
        return replace(words, input_hash=key)
    return words


def _known(run: Run, key: bytes) -> Transcription | None:
    """What an earlier run read: a transcript has one payload, and it does not change."""
    return earlier.find_words(run.claim, key) if run.variant and run.variant.reuses(run.claim.stage) else None


def _said(run: Run) -> Transcription | Wait:
    found = fetch_body(run.claim.organization_id, run.claim.transcript_id, ("callback", ANSWER, "sms", "gather", SAID))
    if found is None:
        return _submitted(run)
    if run.source is Source.API:
        return Transcription(utterances(found), provider=PROVIDER)
    read = {Source.SMS: message, Source.LIVE_TURN: turn}.get(run.source)
    return Transcription((read(found),), provider="twilio") if read else transcription(found)


def _written(run: Run) -> Transcription | Wait:
    talk = written(fetch_bodies(run.claim.organization_id, run.claim.transcript_id, "transcription"))
    if talk.missing and run.claim.stage_age_s < MISSING_AT_MOST_S:
        return Wait(MISSING_EVENTS, MISSING_AGAIN_S)
    return Transcription(talk.utterances, provider="twilio")


def _submitted(run: Run) -> Transcription | Wait:
    transcriber = registry.transcriber()
    if transcriber is None:
        return Wait("no_transcriber", LOOK_AGAIN_S)
    answer = transcribing.obtain(run, transcriber)
    return transcription(answer.body) if isinstance(answer, Document) else answer
