"""A vendor's delivery as the front hands it to the store: already verified, not yet understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.chain import Source
from domain.lanes import Lane
from domain.speech import Channel
from domain.statuses import ConversationStatus, TranscriptStatus
from domain.telephony.opt_outs import Keyword

# says who asked for an event that no webhook brought; no webhook can carry this header into the store
ORIGIN_HEADER = "x-hookline-origin"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What came over the wire. ``key`` is what makes it the same event twice; ``subject`` is the vendor's own id."""

    provider: str
    kind: str
    key: str
    subject: str
    headers: Mapping[str, str]
    body: bytes
    trace_id: str


def dedupe_key(parts: tuple[object, ...]) -> str:
    """What makes an event the same twice, as it is stored: one spelling for everybody who takes events in."""
    return ":".join(str(part) for part in parts)


@dataclass(frozen=True, slots=True)
class CallMove:
    """A conversation's status as a vendor named it; ordered by (ended, sequence, name), never by arrival (I7)."""

    status: ConversationStatus
    name: str
    sequence: int
    reason: str | None = None
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class ConversationSeed:
    """Which conversation the delivery belongs to; created if nobody has seen it. Numbers are E.164, client or sip addresses."""

    provider: str
    ref: str
    channel: Channel
    direction: str | None = None
    our_number: str | None = None
    their_number: str | None = None
    move: CallMove | None = None


@dataclass(frozen=True, slots=True)
class TranscriptSeed:
    """The thing that was said to us. ``opens_run`` starts the chain over it; ``said_at`` is when it was said, if not just now."""

    source: Source
    ref: str
    status: TranscriptStatus
    opens_run: bool
    reason: str | None = None
    duration_ms: int | None = None
    channels: int | None = None
    said_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a text message says to whoever only looks at it: pure rules, before anybody works on it.

    ``keyword`` is what the network takes it for; ``media`` are the content types of what came with it, such as ``image/jpeg``;
    ``emergency`` is the safety rule that it meets.
    """

    keyword: Keyword | None = None
    media: tuple[str, ...] = ()
    emergency: str | None = None


@dataclass(frozen=True, slots=True)
class MessageReport:
    """What the network says of a message that we sent. A report moves an effect only up the ``rank`` (I7).

    ``ref`` is the vendor's own id of the message; ``effect_id`` the effect that its sender named, if it did.
    """

    ref: str
    status: str
    rank: int
    code: str | None = None
    effect_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store made of a delivery, and what it belongs to, if anything.

    ``run_id`` is set when a run was opened or woken and the doorbell should ring, ``effect_id`` when something is to leave the house at
    once. ``lane`` is the run's, ``effect_lane`` the effect's. ``is_told``: of the person who was promised to the caller somebody was
    called, now or before.
    """

    event_id: UUID
    fresh: bool
    conversation_id: UUID | None
    transcript_id: UUID | None = None
    run_id: UUID | None = None
    effect_id: UUID | None = None
    lane: Lane = Lane.NORMAL
    effect_lane: Lane = Lane.NORMAL
    is_told: bool = False
