"""A recording on its way to a transcriber, and what a transcriber may answer."""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Recording:
    """The audio of a call as its vendor keeps it. ``seconds`` and ``channels`` as its header says, None if it does not."""

    audio: bytes = field(repr=False)
    content_type: str
    seconds: float | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A transcriber has taken the recording and will call back with the words. ``request_id`` is its own name of the job."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Document:
    """A transcriber has answered at once, with the very document that a callback would have brought."""

    body: bytes = field(repr=False)
    request_id: str


@dataclass(frozen=True, slots=True)
class Word:
    """One word, as it was heard; times in ms from the start, ``confidence`` 0..1."""

    text: str = field(repr=False)
    start_ms: int
    end_ms: int
    confidence: float | None
    channel: int


@dataclass(frozen=True, slots=True)
class Submission:
    """What was sent to a transcriber before (I8). ``request_id`` is None if its answer never came.

    ``tries`` counts the submissions up to this one; after a person's retry from that moment on, so that it is 0 for an earlier one.
    """

    tries: int
    age_s: float
    request_id: str | None


class JobState(StrEnum):
    """What a transcriber says of a job whose callback is overdue."""

    FAILED = "failed"
    DONE = "done"
    UNKNOWN = "unknown"


def is_verdict(code: str | None) -> bool:
    """Whether a run ended with this code because its transcriber said that there will be no words; trying again would pay for it again."""
    return code is not None and (code == "transcription:failed" or code.endswith(":job_failed"))
