"""The first step: words out of the stored payload, or a wait until there is one."""

from db.events import fetch_body
from domain.chain import Source, Stage
from domain.runs import Run, Transcription, Wait
from providers.deepgram.mapping import transcription
from providers.twilio.mapping import message
from tasks.step import step

# nobody may have configured a transcriber yet; the recording stays at Twilio, so there is no hurry
LOOK_AGAIN_S = 3_600.0


@step(Stage.TRANSCRIBE)
def transcribe(run: Run) -> Transcription | Wait:
    """What was said, as utterances; a recording without a transcriber waits for one and looks again every hour."""
    found = fetch_body(run.claim.organization_id, run.claim.transcript_id, ("callback", "sms"))
    if found is None:
        return Wait("no_transcriber", LOOK_AGAIN_S)
    if run.source is Source.SMS:
        return Transcription((message(found),), provider="twilio")
    return transcription(found)
