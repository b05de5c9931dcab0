"""What came in a form that this release does not know."""

from domain.diagnosis import repairs
from domain.diagnosis.evidence import Evidence
from domain.diagnosis.finding import Finding, Weight
from domain.statuses import UNKNOWN_SHAPE, TranscriptStatus


def unread(it: Evidence) -> Finding | None:
    """A document came at Deepgram's address, and nobody knows its form."""
    told, kept = it.transcript, [delivery for delivery in it.deliveries if delivery.kind == "callback_failed"]
    if told is None or not kept or (told.status, told.status_reason) != (TranscriptStatus.FAILED, UNKNOWN_SHAPE):
        return None
    sentence = (
        f"{it.it} cannot be read: what came is no transcript of a form that this release knows ({UNKNOWN_SHAPE}). It is kept as it came."
    )
    # the address of a job of ours is known to Deepgram alone
    other = " If a tool sends it that is not Deepgram, take our address from it (`celery -A tasks intake-url --rotate` makes another)."
    look = f"Look at it: GET /v1/events/{kept[-1].id}/body.{'' if it.run else other}"
    fix = f"{look} If Deepgram sends it, report it, and with a release that reads it: {repairs.replay(kept[-1].id)}"
    return Finding("unknown_shape", Weight.BROKEN, sentence, fix=fix)
