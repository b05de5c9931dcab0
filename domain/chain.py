"""The chain's own words: stages, run states, purposes, effect states."""

from enum import StrEnum


class Stage(StrEnum):
    """The four steps of a run, in the order in which they are worked off."""

    TRANSCRIBE = "transcribe"
    CLASSIFY_SPEAKERS = "classify_speakers"
    GENERATE_REPLY = "generate_reply"
    PERSIST = "persist"


STAGES = tuple(Stage)

TASK_NAMES = {
    Stage.TRANSCRIBE: "transcript.transcribe",
    Stage.CLASSIFY_SPEAKERS: "transcript.classify_speakers",
    Stage.GENERATE_REPLY: "reply.generate",
    Stage.PERSIST: "transcript.persist",
}


class Purpose(StrEnum):
    """Why a run exists. A reprocess run touches neither statuses nor conversation nor effects."""

    LIVE = "live"
    REPROCESS = "reprocess"


class RunState(StrEnum):
    """Where a run stands. ``ready`` covers both due and leased: the lease says which."""

    READY = "ready"
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class EffectKind(StrEnum):
    """What may leave the house."""

    SMS = "sms"
    ESCALATION = "escalation"
    CALL_UPDATE = "call_update"


class EffectState(StrEnum):
    """The ledger of one effect: ``sending`` is committed before the outside is called."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SUPERSEDED = "superseded"
    SUPPRESSED = "suppressed"


class Source(StrEnum):
    """What a transcript was made from.

    ``live_turn`` is what a caller said in one turn of a live call, ``live_transcription`` all that was said in it, heard as it went on;
    ``api`` what a program of the organization's own heard, and told us.
    """

    TWILIO_RECORDING = "twilio_recording"
    DEEPGRAM = "deepgram"
    SMS = "sms"
    LIVE_TURN = "live_turn"
    LIVE_TRANSCRIPTION = "live_transcription"
    API = "api"


def following(stage: Stage) -> Stage:
    """The stage after this one; ``persist`` is the last and has none (ValueError)."""
    if stage is Stage.PERSIST:
        raise ValueError("persist is the last stage")
    return STAGES[STAGES.index(stage) + 1]


def is_past(stage: Stage, current: Stage) -> bool:
    """Whether a run that stands at ``current`` has already done ``stage``."""
    return STAGES.index(current) > STAGES.index(stage)
