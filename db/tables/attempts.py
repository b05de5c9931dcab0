"""Every try of every stage: what Flower forgets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Now, one_of
from domain.attempts import AttemptOutcome
from domain.chain import Stage


class RunAttemptRow(Base):
    """One claim of a stage, under the name of its lease; no words. ``queued_at`` is since when it could have been claimed.

    A claim that nobody settled has no outcome: somebody is at it, or its worker was lost.
    """

    __tablename__ = "run_attempts"
    __table_args__ = (one_of("stage", Stage), one_of("outcome", AttemptOutcome))

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    lease_token: Mapped[UUID] = mapped_column(primary_key=True)
    organization_id: Mapped[UUID]
    stage: Mapped[str]
    attempt: Mapped[int]
    queued_at: Mapped[datetime]
    started_at: Mapped[Now]
    finished_at: Mapped[datetime | None]
    worker: Mapped[str]
    outcome: Mapped[str | None]
    code: Mapped[str | None]
