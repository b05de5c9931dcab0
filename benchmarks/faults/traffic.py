"""What is sent to the house, when, and how it was answered: an open loop, so that a slow answer never slows down the next question."""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.faults.lines import Lines

# more than can ever wait at once: 40 a second, each for a line's time limit at most
SENDERS = 700
COPIES_AFTER_S = (0.0, 0.05, 1.0, 4.0)
CONTROL_EVERY_S = 0.05
# words that harm whoever works on them, if its process was started to be harmed by them
POISON = ("poison:raise", "poison:kill")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook. ``key`` is what makes it the same event twice; ``is_poison``: whoever works on it is harmed each time.

    ``is_recording``: a vendor is paid for its words.
    """

    key: str
    path: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    is_poison: bool = False
    is_recording: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """How one sending ended: ``status`` 0 means that nobody answered. ``at`` is when it was due, on this machine's clock.

    ``took_s`` counts from then, so that whoever had to wait for a sender is late, too. ``spent`` is what the house says of its own time.
    """

    key: str
    status: int
    at: float
    took_s: float
    spent: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the vendor was told that we have it."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's own word for success


@dataclass(frozen=True, slots=True)
class Load:
    """How much is sent: so many webhooks a second, and which part of them again."""

    count: int
    per_s: float
    copied: float = 0.1
    copies: int = 1

    @property
    def span_s(self) -> float:
        """How long the sending takes."""
        return self.count / self.per_s


@dataclass(slots=True)
class Sent:
    """All answers, and those of a bare server beside them that only writes to the disk: it tells what the machine alone makes late."""

    answers: list[Answer] = field(default_factory=list)
    control: list[Answer] = field(default_factory=list)

    @property
    def accepted(self) -> set[str]:
        """The keys of which some sending was accepted."""
        return {answer.key for answer in self.answers if answer.accepted}

    @property
    def window(self) -> tuple[float, float]:
        """When the first and the last accepted one were sent."""
        times = [answer.at for answer in self.answers if answer.accepted]
        return min(times), max(times)


def send(base_url: str, control_url: str, deliveries: Sequence[Delivery], load: Load) -> Sent:
    """Send them all at the load's rate, some of them again after 0, 0.05, 1 or 4 s; returns when the last was answered."""
    agenda = sorted(_agenda(deliveries, load), key=lambda entry: entry[0])
    sent = Sent()
    ended = threading.Event()
    control = threading.Thread(target=_control, args=(control_url, sent.control, ended), daemon=True)
    control.start()
    with Lines(base_url) as lines, ThreadPoolExecutor(SENDERS) as senders:
        began = time.monotonic()
        for due_s, delivery in agenda:
            time.sleep(max(0.0, began + due_s - time.monotonic()))
            senders.submit(_post, lines, delivery, began + due_s, sent.answers)
    ended.set()
    control.join()
    return sent


def _agenda(deliveries: Sequence[Delivery], load: Load) -> list[tuple[float, Delivery]]:
    agenda = [(number / load.per_s, delivery) for number, delivery in enumerate(deliveries)]
    every = round(1 / load.copied) if load.copied else 0
    again = agenda[::every] if every else []
    copies = [
        (due_s + COPIES_AFTER_S[(number + copy) % len(COPIES_AFTER_S)], delivery)
        for number, (due_s, delivery) in enumerate(again)
        for copy in range(load.copies)
    ]
    return agenda + copies


def _post(lines: Lines, delivery: Delivery, due: float, answers: list[Answer]) -> None:
    at = time.time() - (time.monotonic() - due)
    said = lines.ask("POST", delivery.path, delivery.body, delivery.headers)
    answers.append(Answer(delivery.key, said.status, at, time.monotonic() - due, said.spent))


def _control(base_url: str, answers: list[Answer], ended: threading.Event) -> None:
    with Lines(base_url) as lines:
        while not ended.wait(CONTROL_EVERY_S):
            at, began = time.time(), time.monotonic()
            said = lines.ask("GET", "/")
            answers.append(Answer("control", said.status, at, time.monotonic() - began))
