"""Who calls: a script of lines, one for each time that the call listens."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from scripts.twin.twilio.plays import CALL_STATUS_PATH, CALLED, CALLER

VOICE_PATH = "/webhooks/twilio/voice"
WORDS_PER_S = 2.5
LEAST_S = 0.5
# how long somebody with nothing left to say stays on the line
LEAVES_S = 1.0
DIAL_ENDS = ("completed", "busy", "no-answer", "failed", "canceled")


@dataclass(frozen=True, slots=True)
class Line:
    """What a caller does when it is their turn: ``after_s`` later they say this, or press these keys.

    Who ``silent`` is lets the call listen in vain, once. Who ``hangs_up`` does so as soon as what they said was taken in; without words
    ``after_s`` later, wherever the call stands then. ``confidence`` is what Twilio thinks of its own hearing; None leaves it out.
    """

    says: str = ""
    presses: str = ""
    after_s: float = 0.5
    hangs_up: bool = False
    silent: bool = False
    confidence: float | None = 0.93

    @property
    def is_an_end(self) -> bool:
        """Whether nothing is said any more."""
        return self.hangs_up and not (self.says or self.presses)


@dataclass(frozen=True, slots=True)
class LiveCallPlan:
    """A live call to play: the twin does what the TwiML says, and the caller does as the ``lines`` say (see ``Line``), then hangs up.

    Whoever is dialled picks up after ``dial_rings_s`` and talks for ``dial_talks_s``, unless ``dial_ends_as`` says otherwise.
    ``fragment`` is put behind ``#`` of the URLs that are configured at the number.
    """

    base_url: str
    account: str
    lines: Sequence[Mapping[str, Any]] = ()
    from_: str = CALLER
    to: str = CALLED
    dial_ends_as: str = "completed"
    dial_rings_s: float = 3.0
    dial_talks_s: float = 10.0
    fragment: str = ""
    voice_path: str = VOICE_PATH
    call_status_path: str = CALL_STATUS_PATH

    def url(self, path: str) -> str:
        """A webhook's URL as it was configured at Twilio."""
        return self.base_url.rstrip("/") + path + (f"#{self.fragment}" if self.fragment else "")


@dataclass(slots=True)
class Caller:
    """Where in their script somebody is. All times are the twin's.

    ``leaves_at`` is when they hang up, whatever they hear then; ``due`` is when they say their next line, known once they were asked.
    """

    lines: deque[Line]
    leaves_at: float | None = None
    due: float | None = field(default=None, init=False)

    def begin(self, now: float) -> None:
        """The call was answered."""
        self._arm(now)

    def asked(self, now: float) -> Line | None:
        """The call listens: what they will do about it, at ``due``. Without a line they leave."""
        if not self.lines:
            self.leaves_at = self.leaves_at or now + LEAVES_S
            return None
        line = self.lines[0]
        self.due = self.due if self.due is not None else now + line.after_s
        return line

    def done(self, now: float) -> None:
        """Their line was taken in, or their silence."""
        line = self.lines.popleft()
        self.due = None
        if line.hangs_up:
            self.leaves_at = now
        self._arm(now)

    def _arm(self, now: float) -> None:
        if self.leaves_at is None and self.lines and self.lines[0].is_an_end:
            self.leaves_at = now + self.lines[0].after_s


def script(told: Iterable[Mapping[str, Any]]) -> deque[Line]:
    """The lines of a control call. Raises ValueError with what is wrong."""
    known = {each.name for each in fields(Line)}
    lines: deque[Line] = deque()
    for each in told:
        if unknown := set(each) - known:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}; a line may have {', '.join(sorted(known))}")
        lines.append(Line(**each))
    return lines


def seconds_of(words: str) -> float:
    """How long it takes to say so much."""
    return max(LEAST_S, len(words.split()) / WORDS_PER_S)
