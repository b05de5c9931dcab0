"""The first step: words out of the stored payload, or out of the recording."""

from db.events import ANSWER, fetch_body
from domain.chain import Source, Stage
from domain.recordings import Document
from domain.runs import Run, Transcription, Wait
from providers import registry
from providers.deepgram.mapping import transcription
from providers.twilio.mapping import message
from tasks import transcribing
from tasks.alarm import raise_alarm
from tasks.step import step

# nobody may have configured a transcriber yet; the recording stays at Twilio, so there is no hurry
LOOK_AGAIN_S = 3_600.0


@step(Stage.TRANSCRIBE)
def transcribe(run: Run) -> Transcription | Wait:
    """What was said, as utterances; a recording without a transcriber waits for one and looks again every hour.

    An emergency is told at once.
    """
    found = fetch_body(run.claim.organization_id, run.claim.transcript_id, ("callback", ANSWER, "sms"))
    words = _submitted(run) if found is None else _read(run, found)
    if isinstance(words, Transcription):
        # nobody in danger stands in the queue of the language model
        raise_alarm(run, words.utterances)
    return words


def _read(run: Run, body: bytes) -> Transcription:
    return Transcription((message(body),), provider="twilio") if run.source is Source.SMS else transcription(body)


def _submitted(run: Run) -> Transcription | Wait:
    transcriber = registry.transcriber()
    if transcriber is None:
        return Wait("no_transcriber", LOOK_AGAIN_S)
    answer = transcribing.obtain(run, transcriber)
    return transcription(answer.body) if isinstance(answer, Document) else answer
