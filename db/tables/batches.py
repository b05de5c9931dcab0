"""Batches of reprocess runs."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Numeric, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant, one_of
from domain.chain import Stage


class BatchRow(Base):
    """Stored conversations that are worked on again, and in what way. Its runs name it; how far it is, they say.

    ``since`` (included) and ``until`` (not) bound when they were received; ``criteria`` are as they were said, such as ``intent=refund``.
    From ``from_step`` on nothing is reused; ``prompt`` and ``model`` take the place of those that live runs go by. ``planned_usd`` is what
    it was said to cost, if prices were known. ``opened_at``: when all its runs were there for the first time.
    """

    __tablename__ = "batches"
    __table_args__ = (one_of("from_step", Stage), UniqueConstraint("organization_id", "name", name="uq_batches_name"))

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    name: Mapped[str]
    created_by: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
    criteria: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    from_step: Mapped[str | None]
    prompt: Mapped[str | None]
    model: Mapped[str | None]
    planned_runs: Mapped[int]
    planned_usd: Mapped[Decimal | None] = mapped_column(Numeric(14, 8))
    trace_id: Mapped[str]
    created_at: Mapped[Now]
    opened_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
