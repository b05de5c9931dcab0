"""The four status axes, never merged, and the moves that each allows."""

from collections.abc import Mapping
from enum import StrEnum

# why a transcript has failed whose document came in a form that this release does not know
UNKNOWN_SHAPE = "unknown_shape"


class TranscriptStatus(StrEnum):
    """Speech: have the words arrived."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class ProcessingStatus(StrEnum):
    """AI: has the chain worked on the words. A failure here never touches the speech status."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class ConversationStatus(StrEnum):
    """The call, or the SMS thread, as the telephone network sees it."""

    PENDING = "pending"
    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


class Phase(StrEnum):
    """How far the talk itself has come."""

    GREETING = "greeting"
    INTAKE = "intake"
    CLARIFICATION = "clarification"
    ESCALATION = "escalation"
    COMPLETED = "completed"


# What may follow what: the tests hold the moves to it, which happen in SQL (db/sql.py, db/results.py, db/runs.py).
TRANSCRIPT_MOVES: Mapping[TranscriptStatus, frozenset[TranscriptStatus]] = {
    TranscriptStatus.PENDING: frozenset({TranscriptStatus.PROCESSING, TranscriptStatus.COMPLETED, TranscriptStatus.FAILED}),
    TranscriptStatus.PROCESSING: frozenset({TranscriptStatus.COMPLETED, TranscriptStatus.FAILED}),
    # a resubmitted recording may succeed after its first submission failed; words are never taken back
    TranscriptStatus.FAILED: frozenset({TranscriptStatus.PENDING, TranscriptStatus.PROCESSING, TranscriptStatus.COMPLETED}),
    TranscriptStatus.COMPLETED: frozenset(),
}

PROCESSING_MOVES: Mapping[ProcessingStatus, frozenset[ProcessingStatus]] = {
    ProcessingStatus.PENDING: frozenset({ProcessingStatus.PROCESSING, ProcessingStatus.COMPLETED, ProcessingStatus.FAILED}),
    ProcessingStatus.PROCESSING: frozenset({ProcessingStatus.COMPLETED, ProcessingStatus.FAILED}),
    # only a retry, asked for by a person, re-opens a failed one
    ProcessingStatus.FAILED: frozenset({ProcessingStatus.PENDING}),
    ProcessingStatus.COMPLETED: frozenset(),
}

_UNDER_WAY = frozenset(ConversationStatus) - {ConversationStatus.COMPLETED, ConversationStatus.FAILED}

# which of two is the later one is the vendor's own word, its sequence number; only an ended call never moves again
CONVERSATION_MOVES: Mapping[ConversationStatus, frozenset[ConversationStatus]] = {
    status: frozenset(ConversationStatus) - {status} if status in _UNDER_WAY else frozenset() for status in ConversationStatus
}

PHASE_MOVES: Mapping[Phase, frozenset[Phase]] = {
    Phase.GREETING: frozenset({Phase.INTAKE, Phase.CLARIFICATION, Phase.ESCALATION, Phase.COMPLETED}),
    Phase.INTAKE: frozenset({Phase.CLARIFICATION, Phase.ESCALATION, Phase.COMPLETED}),
    Phase.CLARIFICATION: frozenset({Phase.INTAKE, Phase.ESCALATION, Phase.COMPLETED}),
    # an escalation is never taken back; the call may only end
    Phase.ESCALATION: frozenset({Phase.COMPLETED}),
    # the words of a call may be worked on after it has ended
    Phase.COMPLETED: frozenset({Phase.ESCALATION}),
}

ENDED = frozenset({ConversationStatus.COMPLETED, ConversationStatus.FAILED})
