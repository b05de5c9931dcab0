"""A job: something that somebody asked of the API, done in a worker and kept for a day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

# what was asked and answered holds words: it is kept no longer, and neither is the key that names it
KEPT_S = 24 * 3_600.0
# Whoever asked has given up by then. What waits for a vendor, or for the next day, does not wait for longer.
AGE_LIMIT_S = 3_600.0
# bytes of audio of one organization's that wait to be heard or are being heard: hours of speech, and little of a disk
AUDIO_AT_MOST = 256 * 1024 * 1024
# a key of the caller's own; longer than a UUID, shorter than what somebody would hide words in
KEY_CHARS = 255
# a job that ended so will not end otherwise: it is the request that has to be another one
OF_THE_REQUEST = frozenset(
    {"words_not_kept", "no_twilio_account", "spend:recording_too_long", "spend:longer_than_a_day_allows", "batch_refused"}
)
_UNREADABLE = ("unreadable_audio", "bad_request")


class JobKind(StrEnum):
    """What is to be done."""

    CLASSIFY_INTENT = "classify_intent"
    GENERATE_REPLY = "generate_reply"
    TURN = "turn"
    TRANSCRIBE = "transcribe"
    REPROCESS = "reprocess"


class JobState(StrEnum):
    """Where a job stands. ``running``: a worker has it; one that is put off is pending again."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self in {JobState.SUCCEEDED, JobState.FAILED}


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody asks for. ``audio`` comes beside the JSON; ``conversation_id`` is whose words it is about, if it names one of ours.

    ``key`` is the caller's Idempotency-Key, ``sha256`` of the address and of everything that was asked.
    """

    kind: JobKind
    request: Mapping[str, object] = field(repr=False)
    sha256: bytes
    actor: str
    trace_id: str
    audio: bytes | None = field(default=None, repr=False)
    conversation_id: UUID | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class JobBell:
    """What the doorbell needs to know of a job: an id that may be seen in Flower."""

    job_id: UUID
    kind: JobKind
    trace_id: str


@dataclass(frozen=True, slots=True)
class Job:
    """A leased job: only the holder of ``lease_token`` may write its result. ``age_s`` is since it was asked for."""

    id: UUID
    organization_id: UUID
    kind: JobKind
    request: Mapping[str, object] = field(repr=False)
    actor: str
    trace_id: str
    attempts: int
    lease_token: UUID
    age_s: float
    audio: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as whoever asked for it sees it. ``retry_in_s``: it was put off, with ``error_code``, for so long."""

    id: UUID
    kind: JobKind
    state: JobState
    result: Mapping[str, object] | None = field(repr=False)
    error_code: str | None
    attempts: int
    retry_in_s: float | None
    trace_id: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime


def is_of_the_request(code: str) -> bool:
    """Whether a job that ended with this code would end so again."""
    return code in OF_THE_REQUEST or code.endswith(_UNREADABLE)
