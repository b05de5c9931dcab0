"""What is known of something that somebody asks about: plain facts, told by the database, the broker and the quarantine.

Durations are seconds; those that end with ``_s`` count from now: of what is past they say how long ago, of what is to come how long yet.
Nothing here is a word or a number of a caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from domain.chain import Source
from domain.diagnosis.crew import SILENT_AFTER_S
from domain.diagnosis.finding import Finding
from domain.diagnosis.vendor_codes import Mend, mend_of

_NOUNS = {
    Source.TWILIO_RECORDING: "recording",
    Source.DEEPGRAM: "transcription",
    Source.SMS: "message",
    Source.LIVE_TURN: "turn",
    Source.LIVE_TRANSCRIPTION: "live transcription",
    Source.API: "told talk",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something that a vendor told us and that was accepted. ``is_unheard``: it brings words, and has no transcript.

    ``dial``: how a call ended that was put through to a person, if it tells of one.
    """

    id: UUID
    provider: str
    kind: str
    subject: str
    received_at: datetime
    duplicates: int
    trace_id: str
    is_unheard: bool = False
    dial: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that was turned away; ``why`` is what its signature says, if it was one that did not fit.

    ``cause`` is what `doctor` finds in it: a wrong address, an old token; None if it would be taken now, or nobody can say.
    """

    number: int
    provider: str
    reason: str
    route: str
    received_at: datetime
    why: str | None = None
    cause: Finding | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The figures of one stage of a run. ``submitted_s``: how long ago its recording was handed to a transcriber for the last time."""

    stage: str
    attempts: int
    worker: str | None = None
    waited_s: float | None = None
    ran_s: float | None = None
    started_s: float | None = None
    finished: bool = False
    provider: str | None = None
    error: str | None = None
    submissions: int = 0
    submitted_s: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it stands. ``due_s`` is when it may be claimed, ``ring_s`` when its bell rings next; past if negative.

    ``lease_s`` is how long a claim of its stage may hold, ``overdue_s`` how long a callback may take. ``earlier`` is an open run whose turn
    comes first.
    """

    id: UUID
    transcript_id: UUID
    purpose: str
    state: str
    stage: str
    attempts: int
    queue: str
    due_s: float
    ring_s: float
    lease_s: float
    max_attempts: int = 6
    lease_left_s: float | None = None
    waiting_for: str | None = None
    last_error: str | None = None
    settled_by: str | None = None
    degraded: bool = False
    redo_with: str | None = None
    earlier: UUID | None = None
    overdue_s: float = 600.0
    steps: tuple[Step, ...] = ()

    @property
    def step(self) -> Step | None:
        """The figures of the stage where it stands, if anybody ever worked on it."""
        return next((step for step in self.steps if step.stage == self.stage), None)

    @property
    def is_leased(self) -> bool:
        """Whether a worker has it, or had it and did not come back."""
        return self.lease_left_s is not None and self.lease_left_s > 0


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that leaves the house. ``due_s``, ``ring_s`` and ``lease_left_s`` as with a run."""

    id: UUID
    kind: str
    state: str
    attempts: int
    due_s: float
    ring_s: float
    lease_s: float
    lease_left_s: float | None = None
    last_error: str | None = None
    delivery: str | None = None
    delivery_code: str | None = None
    worker: str | None = None
    settled_by: str | None = None
    came_to_nothing: bool = False

    @property
    def is_leased(self) -> bool:
        """Whether a worker has it, or had it and did not come back."""
        return self.lease_left_s is not None and self.lease_left_s > 0


@dataclass(frozen=True, slots=True)
class Job:
    """Something that was asked of the API. ``due_s``, ``ring_s``, ``lease_s`` and ``lease_left_s`` as with a run.

    ``asked_s`` is how long ago that was, ``kept_s`` for how long it is remembered yet. ``given_up``: whoever waited for it did not wait on.
    """

    id: UUID
    kind: str
    state: str
    attempts: int
    queue: str
    trace_id: str
    due_s: float
    ring_s: float
    lease_s: float
    asked_s: float
    kept_s: float
    max_attempts: int = 6
    lease_left_s: float | None = None
    started_s: float | None = None
    finished_s: float | None = None
    error: str | None = None
    worker: str | None = None
    given_up: bool = False

    @property
    def is_leased(self) -> bool:
        """Whether a worker has it, or had it and did not come back."""
        return self.lease_left_s is not None and self.lease_left_s > 0


@dataclass(frozen=True, slots=True)
class Transcript:
    """Something that was said to us: what it is, and its two statuses.

    ``called_nobody``: why its conversation asks for a person, if nobody was called for it; a live call asks for them by itself.
    """

    id: UUID
    source: str
    ref: str
    status: str
    processing_status: str
    status_reason: str | None = None
    called_nobody: str | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker by its heartbeat. ``claimed_s`` is None if it never took anything."""

    name: str
    queues: tuple[str, ...]
    seen_s: float
    claimed_s: float | None = None

    @property
    def is_silent(self) -> bool:
        """Whether it has said nothing for longer than a living one does."""
        return self.seen_s > SILENT_AFTER_S


@dataclass(frozen=True, slots=True)
class VendorHealth:
    """What the house remembers of a vendor; ``open_s`` is for how much longer nobody asks it.

    ``worker`` met the last failure, and runs with others than most of the settings ``odd_in``.
    """

    vendor: str
    failures: int = 0
    open_s: float | None = None
    code: str | None = None
    worker: str | None = None
    odd_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Broker:
    """The broker as this process sees it. ``trouble`` is why it takes no message, None if it does; from ``full_at`` on a queue is full."""

    trouble: Finding | None = None
    depths: Mapping[str, int] = field(default_factory=dict)
    full_at: int = 64

    def is_full(self, queue: str) -> bool:
        """Whether the sweepers leave this queue alone on purpose."""
        return self.depths.get(queue, 0) >= self.full_at


@dataclass(frozen=True, slots=True)
class House:
    """What is the same for everything: broker, workers, vendors, and what `doctor` finds around them.

    ``database``: why PostgreSQL takes nothing, or who holds our rows; ``sweepers``: who keeps the sweepers from ringing; ``outside``: why
    what a vendor has may not reach us, or is not asked for.
    """

    broker: Broker = Broker()
    workers: tuple[Worker, ...] = ()
    vendors: tuple[VendorHealth, ...] = ()
    database: Finding | None = None
    sweepers: Finding | None = None
    outside: tuple[Finding, ...] = ()

    def at(self, queue: str) -> list[Worker]:
        """The living workers that take from a queue."""
        return [worker for worker in self.workers if queue in worker.queues and not worker.is_silent]

    def silent_at(self, queue: str) -> list[Worker]:
        """Those that took from it and say nothing any more, the last to speak first."""
        return sorted((worker for worker in self.workers if queue in worker.queues and worker.is_silent), key=lambda each: each.seen_s)

    def named(self, name: str | None) -> Worker | None:
        """The worker of this name."""
        return next((worker for worker in self.workers if worker.name == name), None)

    def vendor(self, name: str | None) -> VendorHealth | None:
        """What is remembered of a vendor."""
        return next((vendor for vendor in self.vendors if vendor.vendor == name), None)

    def mend(self, code: str) -> Mend:
        """What a code means in this house, and what is to be done: for the worker alone, if its settings are to blame."""
        met = next((vendor for vendor in self.vendors if vendor.code == code), None)
        return mend_of(code, met.worker, met.odd_in) if met else mend_of(code)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one thing: what was said, one run of it, what it sent; or a job of the API; and the house around it.

    ``asked`` is the id that somebody gave; ``broken`` are the promises that it breaks. ``turned_away`` counts the callbacks that were
    refused since the recording was submitted; ``looked_back`` is from when on traces and jobs were looked through.
    """

    asked: str
    house: House = House()
    transcript: Transcript | None = None
    run: Run | None = None
    effects: tuple[Effect, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    refused: tuple[Refused, ...] = ()
    broken: tuple[str, ...] = ()
    turned_away: int = 0
    looked_back: datetime | None = None
    job: Job | None = None

    @property
    def it(self) -> str:
        """What it is about, as a sentence begins."""
        if self.job:
            return f"Job {self.job.id} ({self.job.kind})"
        if self.transcript is None:
            return f"Run {self.run.id}" if self.run else self.asked
        noun = _NOUNS[Source(self.transcript.source)]
        return f"{noun.capitalize()} {self.transcript.ref}"
