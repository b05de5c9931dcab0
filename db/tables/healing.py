"""How the house watches itself: how far vendors were asked, what the invariants say, what failed how often."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Now, Tenant, one_of
from domain.healing import FailureOutcome, Listed


class WatermarkRow(Base):
    """Up to when everything of a kind was taken in from an organization's vendor; ``checked_at`` is when it was last asked.

    The next reconciliation begins a little before ``seen_through``. If the last one did not come to the end of the list, it goes on at
    ``resume_at``, the vendor's own word for a page, and everything up to ``resume_through`` is taken in when it has come to the end.
    """

    __tablename__ = "watermarks"
    __table_args__ = (one_of("kind", Listed),)

    organization_id: Mapped[Tenant] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    seen_through: Mapped[datetime]
    resume_at: Mapped[str | None]
    resume_through: Mapped[datetime | None]
    checked_at: Mapped[Now]


class InvariantCheckRow(Base):
    """What the last check of an invariant found; ``broken_since`` is None while it holds. The plant's own."""

    __tablename__ = "invariant_checks"

    invariant: Mapped[str] = mapped_column(primary_key=True)
    violations: Mapped[int]
    broken_since: Mapped[datetime | None]
    checked_at: Mapped[Now]


class FailureCountRow(Base):
    """How often a task failed with a code, and what became of it; it only grows. The plant's own."""

    __tablename__ = "failure_counts"
    __table_args__ = (one_of("outcome", FailureOutcome),)

    task: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger, server_default="0")
