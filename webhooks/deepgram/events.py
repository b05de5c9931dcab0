"""Deepgram's callbacks in our words."""

import hashlib
from dataclasses import dataclass

from domain.chain import Source
from domain.deliveries import ConversationSeed, TranscriptSeed
from domain.speech import Channel
from domain.statuses import TranscriptStatus
from webhooks.deepgram.envelope import CallbackEnvelope

PROVIDER = "deepgram"
WORDS, FAILED = "callback", "callback_failed"


@dataclass(frozen=True, slots=True)
class Callback:
    """A transcription's outcome. ``ref`` is Deepgram's request_id; where there is none, the body's sha256 stands in."""

    ref: str
    reason: str | None

    @classmethod
    def of(cls, envelope: CallbackEnvelope, body: bytes) -> "Callback":
        """What an envelope and its body amount to."""
        return cls(envelope.request_id or hashlib.sha256(body).hexdigest(), envelope.reason)

    @property
    def kind(self) -> str:
        """The kind that it is stored under."""
        return WORDS if self.reason is None else FAILED

    @property
    def status(self) -> TranscriptStatus:
        """What it means for the speech axis; the AI axis is not touched."""
        return TranscriptStatus.COMPLETED if self.reason is None else TranscriptStatus.FAILED

    def conversation(self) -> ConversationSeed:
        """For a callback that nobody asked for: one call about which we know nothing but its words."""
        return ConversationSeed(PROVIDER, self.ref, Channel.VOICE)

    def transcript(self) -> TranscriptSeed:
        """The words, or why there are none; only words open a run."""
        return TranscriptSeed(Source.DEEPGRAM, self.ref, self.status, opens_run=self.reason is None, reason=self.reason)
