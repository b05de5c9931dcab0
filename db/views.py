"""What the read side is given: plain records, ready to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.chain import Stage
from domain.progress import StepState


@dataclass(frozen=True, slots=True)
class TranscriptSummary:
    """A transcript without its words."""

    id: UUID
    conversation_id: UUID
    channel: str
    source: str
    source_ref: str
    turn: int
    status: str
    status_reason: str | None
    processing_status: str
    processing_reason: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class UtteranceView:
    """One stretch of speech; times in ms."""

    seq: int
    speaker: int
    role: str | None
    text: str
    start_ms: int
    end_ms: int
    confidence: float | None
    channel: int


@dataclass(frozen=True, slots=True)
class AnalysisView:
    """What the run made of the words."""

    roles: Mapping[str, str]
    role_confidence: float
    intent: str
    intent_confidence: float
    sentiment: str | None
    summary: str | None
    intake: Mapping[str, object]
    safety: tuple[Mapping[str, object], ...]
    figures: Mapping[str, float]
    engine: str
    model: str


@dataclass(frozen=True, slots=True)
class ReplyView:
    """What the run answers, and what became of that."""

    text: str
    channel: str
    template: str | None
    fault: str | None
    engine: str
    model: str
    outcome: str | None
    outcome_reason: str | None


@dataclass(frozen=True, slots=True)
class StepView:
    """The figures of one step; a step that nobody has begun has none. Times in ms."""

    stage: Stage
    state: StepState
    attempts: int = 0
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    worker: str | None = None
    provider: str | None = None
    model: str | None = None
    usage: Mapping[str, int] = field(default_factory=dict)
    price_usd: Decimal | None = None
    submission: int = 0
    vendor_request_id: str | None = None
    error_code: str | None = None

    @property
    def queue_wait_ms(self) -> int | None:
        """From being due until a worker began."""
        return _ms_between(self.queued_at, self.started_at)

    @property
    def run_ms(self) -> int | None:
        """From the worker's beginning until the result was committed."""
        return _ms_between(self.started_at, self.finished_at)


@dataclass(frozen=True, slots=True)
class RunView:
    """The run that is shown, with its four steps in order."""

    id: UUID
    state: str
    stage: str
    purpose: str
    engine: str | None
    model: str | None
    degraded: bool
    prompt_version: str | None
    organization_version: int | None
    last_error: str | None
    waiting_for: str | None
    next_look_at: datetime | None
    trace_id: str
    created_at: datetime
    finished_at: datetime | None
    steps: tuple[StepView, ...]


@dataclass(frozen=True, slots=True)
class EffectView:
    """Something that left the house, or was to. ``delivery`` is what the telephone network says of a message."""

    kind: str
    state: str
    attempts: int
    provider: str | None
    provider_ref: str | None
    delivery: str | None
    delivery_code: str | None
    last_error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class TranscriptView(TranscriptSummary):
    """A transcript with everything that its shown run found. What does not exist yet is None or empty."""

    utterances: tuple[UtteranceView, ...]
    analysis: AnalysisView | None
    reply: ReplyView | None
    run: RunView | None
    effects: tuple[EffectView, ...] = ()


def _ms_between(begin: datetime | None, end: datetime | None) -> int | None:
    return round((end - begin).total_seconds() * 1000) if begin and end else None
