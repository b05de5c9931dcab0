"""The first step: words out of the stored payload, or out of the recording."""

from db.events import ANSWER, fetch_body
from domain.chain import Source, Stage
from domain.recordings import Document
from domain.runs import Run, Transcription, Wait
from providers import registry
from providers.deepgram.mapping import transcription
from providers.twilio.mapping import message
from tasks import transcribing
from tasks.step import step

# nobody may have configured a transcriber yet; the recording stays at Twilio, so there is no hurry
LOOK_AGAIN_S = 3_600.0


@step(Stage.TRANSCRIBE)
def transcribe(run: Run) -> Transcription | Wait:
    """What was said, as utterances; a recording without a transcriber waits for one and looks again every hour."""
    found = fetch_body(run.claim.organization_id, run.claim.transcript_id, ("callback", ANSWER, "sms"))
    if found is not None:
        return Transcription((message(found),), provider="twilio") if run.source is Source.SMS else transcription(found)
    transcriber = registry.transcriber()
    if transcriber is None:
        return Wait("no_transcriber", LOOK_AGAIN_S)
    answer = transcribing.obtain(run, transcriber)
    return transcription(answer.body) if isinstance(answer, Document) else answer
