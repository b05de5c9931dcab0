"""One try of one stage of one run, as its history tells it: ids, times and codes, no words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

# of a run that is told to come again for days the first ones are kept; its steps hold the last figures
KEPT_OF_A_RUN = 200


class AttemptOutcome(StrEnum):
    """What became of a try."""

    DONE = "done"
    RETRIED = "retried"
    PAUSED = "paused"
    WAITING = "waiting"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try. ``outcome`` is None while a worker is at it, or if that worker was lost; ``is_lost`` tells the two apart."""

    run_id: UUID
    transcript_id: UUID
    stage: str
    attempt: int
    queued_at: datetime
    started_at: datetime
    finished_at: datetime | None
    worker: str
    outcome: str | None
    code: str | None
    is_lost: bool

    @property
    def wait_ms(self) -> int:
        """From when it could have been taken until a worker took it."""
        return _ms(self.queued_at, self.started_at)

    @property
    def run_ms(self) -> int | None:
        """How long the worker was at it; None if nobody wrote down its end."""
        return _ms(self.started_at, self.finished_at) if self.finished_at else None


def _ms(since: datetime, until: datetime) -> int:
    return max(0, round((until - since).total_seconds() * 1_000))
