"""What Twilio keeps: messages, calls, recordings."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from scripts.twin.kept import Kept

RECORDINGS = 5_000  # these hold audio


def now() -> datetime:
    """Twilio's times have no fractions of a second."""
    return datetime.now(UTC).replace(microsecond=0)


def new_sid(prefix: str) -> str:
    """Two letters and 32 hex digits."""
    return f"{prefix}{uuid.uuid4().hex}"


@dataclass(slots=True)
class Message:
    """One SMS, in or out."""

    account: str
    from_: str
    to: str
    body: str
    direction: str
    status: str
    sid: str = field(default_factory=lambda: new_sid("SM"))
    service: str | None = None
    error_code: int | None = None
    created: datetime = field(default_factory=now)
    sent: datetime | None = None


@dataclass(slots=True)
class Moment:
    """Something that happened in a live call, ``at_s`` seconds of the twin's time after it began to ring.

    ``kind`` is ``said`` (to the caller), ``spoke`` or ``pressed`` (by the caller), ``silence``, ``played``, ``dialed``, ``connected``,
    ``not connected``, ``hung up`` (``what`` is who did: caller or twilio) or ``fault``. ``is_cut``: it did not come to
    its end, because something cut into it or it still goes on.
    """

    at_s: float
    kind: str
    what: str = ""
    is_cut: bool = False


@dataclass(slots=True)
class Call:
    """One call. ``twiml`` holds what it was told to do while it was live, ``course`` what happened in it; both in order."""

    account: str
    from_: str
    to: str
    direction: str
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    duration_s: int | None = None
    created: datetime = field(default_factory=now)
    ended: datetime | None = None
    twiml: list[str] = field(default_factory=list)
    course: list[Moment] = field(default_factory=list)


@dataclass(slots=True)
class Recording:
    """One recording; ``audio`` is the file byte for byte."""

    account: str
    call: str
    audio: bytes = field(repr=False)
    channels: int
    duration_s: int
    sid: str = field(default_factory=lambda: new_sid("RE"))
    status: str = "completed"
    source: str = "StartCallRecordingAPI"
    created: datetime = field(default_factory=now)


class LiveCall(Protocol):
    """A call that does what it is told. Each answers False if it has ended."""

    def replace(self, text: str) -> bool:
        """Play this TwiML at once."""

    def redirect(self, url: str) -> bool:
        """Ask there what to play, at once."""

    def hang_up(self) -> bool:
        """End it."""

    def cut(self) -> None:
        """End it without a word."""


Begun = TypeVar("Begun", Message, Call, Recording)


def newest_first(kept: Kept[Begun]) -> list[Begun]:
    """All of them, as Twilio lists them."""
    return sorted(kept.newest_first(), key=lambda it: it.created, reverse=True)


class TwilioStore:
    """By sid."""

    def __init__(self) -> None:
        """Start empty."""
        self.messages: Kept[Message] = Kept()
        self.calls: Kept[Call] = Kept()
        self.recordings: Kept[Recording] = Kept(RECORDINGS)
        # how a played call ends, by its sid
        self.endings: Kept[Callable[[], None]] = Kept()
        self.lines: Kept[LiveCall] = Kept()

    def clear(self) -> None:
        """Forget all; what is still on the line is cut off."""
        for line in self.lines.newest_first():
            line.cut()
        for kept in (self.messages, self.calls, self.recordings, self.endings, self.lines):
            kept.clear()
