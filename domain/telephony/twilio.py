"""Twilio's events in our words (status values: twilio.com/docs/voice/api/call-resource and …/recording).

Each says under which ``kind`` and ``key`` it is stored, and which ``subject`` it is about: an event is the same twice if kind and key are
the same, whether Twilio told us or we asked. A key holds signed values only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

from domain.chain import Source
from domain.deliveries import CallMove, ConversationSeed, Heard, MessageReport, TranscriptSeed
from domain.emergencies import safety
from domain.speech import Channel
from domain.statuses import ConversationStatus, TranscriptStatus
from domain.telephony.opt_outs import keyword
from domain.telephony.threads import thread_key

PROVIDER = "twilio"
ACCOUNT_PREFIX = "AC"
# the sequence number of a call's status that nobody sent: we asked for it
ASKED_FOR = -1

Key = tuple[object, ...]


def is_account(name: str) -> bool:
    """Whether a name in ``TWILIO_ACCOUNTS`` is an account's SID; the others, ``AC…/<key id>`` and ``<key id>``, are SharedKeys."""
    return name.startswith(ACCOUNT_PREFIX) and "/" not in name


CALL_STATUSES: Mapping[str, tuple[ConversationStatus, str | None]] = {
    "queued": (ConversationStatus.PENDING, None),
    "initiated": (ConversationStatus.PENDING, None),
    "ringing": (ConversationStatus.RINGING, None),
    "in-progress": (ConversationStatus.IN_PROGRESS, None),
    "completed": (ConversationStatus.COMPLETED, None),
    "busy": (ConversationStatus.FAILED, "busy"),
    "no-answer": (ConversationStatus.FAILED, "no_answer"),
    "canceled": (ConversationStatus.FAILED, "canceled"),
    "failed": (ConversationStatus.FAILED, "failed"),
}

# nothing comes after these
ENDED_STATUSES = frozenset({"completed", "busy", "no-answer", "canceled", "failed"})

# What a recording's status makes of the transcript; None: there is nothing to transcribe yet.
RECORDING_STATUSES: Mapping[str, tuple[TranscriptStatus, str | None] | None] = {
    "in-progress": None,
    "completed": (TranscriptStatus.PENDING, None),
    "absent": (TranscriptStatus.FAILED, "recording_absent"),
    "failed": (TranscriptStatus.FAILED, "recording_failed"),
}


# How far a message has come (order: twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks). Where Twilio leaves two
# side by side, what is known of the recipient counts for more: a message that was delivered was delivered, whatever else was said.
MESSAGE_STATUSES: Mapping[str, int] = {
    status: rank
    for rank, status in enumerate(
        (
            "accepted",
            "scheduled",
            "queued",
            "sending",
            "canceled",
            "sent",
            "failed",
            "undelivered",
            "partially_delivered",
            "delivered",
            "read",
        ),
        start=1,
    )
}
# of a message: nothing that a person would have to know follows
SETTLED_STATUSES = frozenset({"canceled", "failed", "undelivered", "partially_delivered", "delivered", "read"})


@dataclass(frozen=True, slots=True)
class CallStatus:
    """How a call is going. Durations are seconds. Who asked Twilio for it has no sequence number: ASKED_FOR, which every event outranks."""

    kind: ClassVar = "call_status"

    call_sid: str
    call_status: str
    sequence_number: int
    direction: str | None
    from_: str | None
    to: str | None
    call_duration: int | None

    @property
    def subject(self) -> str:
        """The call."""
        return self.call_sid

    @property
    def key(self) -> Key:
        """A status may come more than once, each with a number of its own."""
        return (self.call_sid, self.call_status, self.sequence_number)

    @property
    def our_number(self) -> str | None:
        """We are the called side of an inbound call and the calling side of every other; None if the direction is not told."""
        return (self.to if self.direction == "inbound" else self.from_) if self.direction else None

    def conversation(self) -> ConversationSeed:
        """The call as it stands."""
        status, reason = CALL_STATUSES[self.call_status]
        theirs = self.from_ if self.direction == "inbound" else self.to
        return ConversationSeed(
            PROVIDER,
            self.call_sid,
            Channel.VOICE,
            direction=self.direction,
            our_number=self.our_number,
            their_number=theirs if self.direction else None,
            move=CallMove(status, self.call_status, self.sequence_number, reason, self.call_duration),
        )


@dataclass(frozen=True, slots=True)
class RecordingStatus:
    """How a recording is going. Twilio names neither number here. Durations are seconds."""

    kind: ClassVar = "recording_status"

    call_sid: str
    recording_sid: str
    recording_status: str
    recording_duration: int | None
    recording_channels: int | None

    @property
    def subject(self) -> str:
        """The recording."""
        return self.recording_sid

    @property
    def key(self) -> Key:
        """A recording has each status once."""
        return (self.recording_sid, self.recording_status)

    def conversation(self) -> ConversationSeed:
        """The call that was recorded; what we know of its status stays as it is."""
        return ConversationSeed(PROVIDER, self.call_sid, Channel.VOICE)

    def transcript(self) -> TranscriptSeed | None:
        """What there is to transcribe, or why there never will be anything; None while it still records."""
        outcome = RECORDING_STATUSES[self.recording_status]
        if outcome is None:
            return None
        status, reason = outcome
        return TranscriptSeed(
            Source.TWILIO_RECORDING,
            self.recording_sid,
            status,
            opens_run=reason is None,
            reason=reason,
            duration_ms=self._duration_ms(),
            channels=self.recording_channels,
        )

    def _duration_ms(self) -> int | None:
        return self.recording_duration * 1_000 if self.recording_duration is not None and self.recording_duration >= 0 else None


@dataclass(frozen=True, slots=True)
class MessageStatus:
    """How a message that we sent is going; ``effect_id`` is the effect that the URL of the report names, if it names one."""

    kind: ClassVar = "message_status"

    message_sid: str
    message_status: str
    error_code: str | None
    effect_id: UUID | None = None

    @property
    def subject(self) -> str:
        """The message."""
        return self.message_sid

    @property
    def key(self) -> Key:
        """A message has each status once; a report that names its effect says more than one that does not."""
        return (self.message_sid, self.message_status, *([self.effect_id] if self.effect_id else []))

    def report(self) -> MessageReport:
        """The report on that effect, or on whichever one the message belongs to."""
        rank = MESSAGE_STATUSES[self.message_status]
        return MessageReport(self.message_sid, self.message_status, rank, self.error_code, self.effect_id)


@dataclass(frozen=True, slots=True)
class Intelligence:
    """Twilio's Conversational Intelligence has something on a call; what it is has to be fetched."""

    kind: ClassVar = "intelligence"

    transcript_sid: str
    event_type: str

    @property
    def subject(self) -> str:
        """Twilio's own transcript."""
        return self.transcript_sid

    @property
    def key(self) -> Key:
        """Each event of a transcript happens once."""
        return (self.transcript_sid, self.event_type)


@dataclass(frozen=True, slots=True)
class Sms:
    """A message that somebody sent us. ``opt_out_type`` is what Twilio took it for, ``media`` the content types of its pictures.

    Its words are looked at and not kept from here: the raw body has them.
    """

    kind: ClassVar = "sms"

    message_sid: str
    from_: str
    to: str
    body: str = field(default="", repr=False)
    opt_out_type: str | None = None
    media: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The message."""
        return self.message_sid

    @property
    def key(self) -> Key:
        """A message comes in once."""
        return (self.message_sid,)

    def conversation(self, secret: str) -> ConversationSeed:
        """The thread between these two numbers; it never ends by itself."""
        return ConversationSeed(
            PROVIDER,
            thread_key(secret, self.to, self.from_),
            Channel.SMS,
            direction="inbound",
            our_number=self.to,
            their_number=self.from_,
            move=CallMove(ConversationStatus.IN_PROGRESS, "received", 0),
        )

    def transcript(self) -> TranscriptSeed:
        """One message is one turn, and its words are here already."""
        return TranscriptSeed(Source.SMS, self.message_sid, TranscriptStatus.COMPLETED, opens_run=True)

    def heard(self, alarm_words: Sequence[str] = ()) -> Heard:
        """What can be told of it without anybody's help; ``alarm_words`` are its organization's own."""
        return Heard(keyword(self.body, self.opt_out_type), self.media, safety.emergency(self.body, alarm_words))
