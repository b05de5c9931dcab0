"""Words for how the house watches and heals itself."""

from enum import StrEnum


class Listed(StrEnum):
    """What a vendor lists when it is asked what we may have missed."""

    RECORDINGS = "recordings"
    MESSAGES = "messages"


class FailureOutcome(StrEnum):
    """What became of a task that failed: tried again and counted, put off without counting, or at its end."""

    RETRIED = "retried"
    PAUSED = "paused"
    ENDED = "ended"
