"""What Twilio tells of a live call, in our words (wire/twilio.md §2.1, §2.5, §2.7). As in ``twilio.py``, keys hold signed values."""

from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qsl
from uuid import UUID

from domain.chain import Source
from domain.deliveries import ConversationSeed, TranscriptSeed
from domain.speech import Channel
from domain.statuses import ENDED, TranscriptStatus
from domain.telephony.call_flow import turn_ref
from domain.telephony.line import Line
from domain.telephony.twilio import ASKED_FOR, CALL_STATUSES, PROVIDER, CallStatus, Key

# Twilio numbers a call's status callbacks so. What comes along with its other webhooks is no more than that: whatever is called back later
# outranks it, and an end that is told on the way outranks none that is called back.
_SEQUENCE = {"ringing": 1, "in-progress": 2}
STARTED, CONTENT, STOPPED, ERROR = (f"transcription-{word}" for word in ("started", "content", "stopped", "error"))
TRANSCRIPTION_EVENTS = (STARTED, CONTENT, STOPPED, ERROR)
# how a call ended that was put through to a person
TAKEN = frozenset({"completed", "answered"})
DIAL_STATUSES = (*sorted(TAKEN), "busy", "no-answer", "failed", "canceled")
# the same as `delivery` of the reply to the turn that was put through; no message is ever reported so
DIALED = "dialed:"
REACHED = tuple(f"{DIALED}{status}" for status in sorted(TAKEN))


def dial_status(body: bytes) -> str | None:
    """How a call ended that was put through, by the form that told of it; None if that is no word of Twilio's."""
    told = dict(parse_qsl(body.decode(errors="replace"))).get("DialCallStatus")
    return told if told in DIAL_STATUSES else None


@dataclass(frozen=True, slots=True)
class VoiceCall:
    """Somebody calls; and what all requests of a live call say of it."""

    kind: ClassVar = "voice"

    call_sid: str
    call_status: str
    direction: str | None = None
    from_: str | None = None
    to: str | None = None

    @property
    def subject(self) -> str:
        """The call."""
        return self.call_sid

    @property
    def key(self) -> Key:
        """A call comes in once."""
        return (self.call_sid,)

    @property
    def is_over(self) -> bool:
        """Whether the caller has hung up."""
        return CALL_STATUSES[self.call_status][0] in ENDED

    @property
    def line(self) -> Line:
        """Its two ends."""
        seed = self.conversation()
        return Line(seed.our_number, seed.their_number)

    def conversation(self) -> ConversationSeed:
        """The call as it stands."""
        sequence = _SEQUENCE.get(self.call_status, ASKED_FOR)
        return CallStatus(self.call_sid, self.call_status, sequence, self.direction, self.from_, self.to, None).conversation()


@dataclass(frozen=True, slots=True)
class Gather(VoiceCall):
    """A turn of the caller's: what was said, or which keys were pressed; neither if nothing was.

    ``turn``, ``silent`` and ``reply`` are what the URL says that we gave with the question (call_flow.py).
    """

    kind: ClassVar = "gather"

    turn: int = 1
    silent: int = 0
    speech_result: str = field(default="", repr=False)
    digits: str = field(default="", repr=False)
    reply: UUID | None = None

    @property
    def words(self) -> str:
        """What was said or pressed."""
        return self.speech_result.strip() or self.digits

    @property
    def key(self) -> Key:
        """Each turn is gathered once."""
        return (self.call_sid, self.turn)

    def transcript(self) -> TranscriptSeed:
        """One turn, and its words are here already."""
        return TranscriptSeed(Source.LIVE_TURN, turn_ref(self.call_sid, self.turn), TranscriptStatus.COMPLETED, opens_run=True)


@dataclass(frozen=True, slots=True)
class GatherPartial(VoiceCall):
    """What a turn sounds like while it is being said."""

    kind: ClassVar = "gather_partial"

    turn: int = 1
    sequence_number: int = 0
    stable_speech_result: str = field(default="", repr=False)
    unstable_speech_result: str = field(default="", repr=False)

    @property
    def words(self) -> str:
        """What was heard so far: what stands, and what may yet be heard otherwise."""
        return f"{self.stable_speech_result} {self.unstable_speech_result}".strip()

    @property
    def key(self) -> Key:
        """Twilio counts them within the turn."""
        return (self.call_sid, self.turn, self.sequence_number)


@dataclass(frozen=True, slots=True)
class Redirected(VoiceCall):
    """The call asks for our reply to a turn, after so many waits; it brings nothing that would be kept."""

    turn: int = 1
    waited: int = 0


@dataclass(frozen=True, slots=True)
class Dialed(VoiceCall):
    """What became of a call that was put through to a person. ``emergency``: it was one, 0 or 1, as our URL says."""

    kind: ClassVar = "dialed"

    dial_call_status: str = ""
    turn: int = 1
    emergency: int = 0

    @property
    def key(self) -> Key:
        """A turn puts through once."""
        return (self.call_sid, self.turn)

    @property
    def was_taken(self) -> bool:
        """Whether somebody answered, or their voicemail."""
        return self.dial_call_status in TAKEN

    @property
    def source_ref(self) -> str:
        """The turn that was put through."""
        return turn_ref(self.call_sid, self.turn)

    @property
    def delivery(self) -> str:
        """How it ended."""
        return f"{DIALED}{self.dial_call_status}"


@dataclass(frozen=True, slots=True)
class LiveTranscription:
    """An event of a transcription that is made while people talk. ``final`` is Twilio's own word; only those words stand."""

    kind: ClassVar = "transcription"

    call_sid: str
    transcription_sid: str
    sequence_id: int
    transcription_event: str
    final: str = "true"
    transcription_error_code: str | None = None

    @property
    def subject(self) -> str:
        """The transcription."""
        return self.transcription_sid

    @property
    def key(self) -> Key:
        """Its events are numbered."""
        return (self.transcription_sid, self.sequence_id)

    @property
    def stands(self) -> bool:
        """Whether it says something that no later event takes back."""
        return self.transcription_event != CONTENT or self.final == "true"

    def conversation(self) -> ConversationSeed:
        """The call; these events do not say how it stands."""
        return ConversationSeed(PROVIDER, self.call_sid, Channel.VOICE)

    def transcript(self) -> TranscriptSeed:
        """All that was heard; worked on when no more comes, unless Twilio could not hear."""
        ref, event = self.transcription_sid, self.transcription_event
        if event == ERROR:
            reason = f"twilio:{self.transcription_error_code or 'transcription_error'}"
            return TranscriptSeed(Source.LIVE_TRANSCRIPTION, ref, TranscriptStatus.FAILED, opens_run=False, reason=reason)
        return TranscriptSeed(Source.LIVE_TRANSCRIPTION, ref, TranscriptStatus.PROCESSING, opens_run=event == STOPPED, channels=2)
