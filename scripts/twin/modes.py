"""How the twin misbehaves when it is asked to: which vendor, which operation, how often."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from scripts.twin.journal import VENDORS

# these happen to what the twin sends; all others happen to what it is asked
DELIVERY_MODES = frozenset({"duplicate", "reorder", "drop", "late"})
GENERAL_MODES = frozenset({"hang", "accept_then_hang", "truncated", "redirect", "html", "down"})
# these take part in the work of one operation and mean nothing elsewhere
SPECIAL_MODES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "refusal": ("openai", ("responses", "chat")),
    "incomplete": ("openai", ("responses", "chat")),
    "invalid_output": ("openai", ("responses", "chat")),
    "callback_before_answer": ("deepgram", ("listen",)),
    "failed": ("deepgram", ("listen",)),
    "undelivered": ("twilio", ("message.create",)),
}
STATUSES = range(400, 600)
HANG_S = 30.0


@dataclass(frozen=True, slots=True)
class Mode:
    """One kind of misbehaviour. Without ``operation`` it is for all of the vendor's that it can happen to; a prefix up to a dot will do.

    ``times`` ends it, ``probability`` (with ``seed``) makes it rare; with neither it happens every time. ``after_work`` does what was asked
    before it misbehaves. ``delay_s`` is on the twin's clock; ``code`` is the vendor's own word for the error; ``shape`` is ``legacy``,
    ``modern``, ``text``, ``html`` or ``problem`` (RFC 9457); ``location`` is where a redirect goes.
    """

    vendor: str
    mode: str
    operation: str | None = None
    times: int | None = None
    probability: float | None = None
    seed: int = 0
    delay_s: float = HANG_S
    retry_after_s: float | None = None
    code: str | None = None
    shape: str | None = None
    location: str = "https://elsewhere.invalid/"
    after_work: bool = False

    @property
    def status(self) -> int | None:
        """The HTTP status that it answers with, if it is that kind of mode."""
        return int(self.mode) if self.mode.isdigit() else None

    def hits(self, vendor: str, operation: str, *, delivery: bool) -> bool:
        """Whether it is for this."""
        if vendor != self.vendor or delivery is not (self.mode in DELIVERY_MODES):
            return False
        if self.mode in SPECIAL_MODES and operation not in SPECIAL_MODES[self.mode][1]:
            return False
        return self.operation is None or operation == self.operation or operation.startswith(f"{self.operation}.")


def read(told: Mapping[str, Any]) -> Mode:
    """A mode from the JSON of a control call. Raises ValueError with what is wrong."""
    known = {each.name for each in fields(Mode)}
    if unknown := set(told) - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; a mode has {', '.join(sorted(known))}")
    mode = Mode(**{"vendor": "", "mode": "", **told, **({"mode": str(told["mode"])} if "mode" in told else {})})
    if mode.vendor not in VENDORS:
        raise ValueError(f"vendor must be one of {', '.join(VENDORS)}")
    if not _is_known(mode):
        names = sorted(DELIVERY_MODES | GENERAL_MODES | set(SPECIAL_MODES))
        raise ValueError(f"mode must be a status from 400 to 599, or one of {', '.join(names)}, and one that {mode.vendor} has")
    return mode


def _is_known(mode: Mode) -> bool:
    if mode.mode in SPECIAL_MODES:
        return SPECIAL_MODES[mode.mode][0] == mode.vendor
    if mode.mode in DELIVERY_MODES:
        return mode.vendor != "openai"
    return mode.mode in GENERAL_MODES or mode.status in STATUSES


@dataclass(slots=True)
class _Running:
    mode: Mode
    left: int | None
    dice: random.Random = field(repr=False)

    def fires(self) -> bool:
        if self.left == 0 or (self.mode.probability is not None and self.dice.random() >= self.mode.probability):
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Modes:
    """The modes that are on. The first that fires decides; the order is the one in which they were set."""

    def __init__(self) -> None:
        """Start well-behaved."""
        self._lock = threading.Lock()
        self._running: list[_Running] = []

    def add(self, mode: Mode) -> None:
        """Set one more."""
        dice = random.Random(mode.seed)  # noqa: S311 - a repeatable sequence is what tests need
        with self._lock:
            self._running.append(_Running(mode, mode.times, dice))

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._running.clear()

    def choose(self, vendor: str, operation: str, *, delivery: bool = False) -> Mode | None:
        """The mode for this request (or delivery), counted as used."""
        with self._lock:
            for each in self._running:
                if each.mode.hits(vendor, operation, delivery=delivery) and each.fires():
                    return each.mode
        return None
