"""What somebody asked of the API, until a day after."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant, one_of
from domain.jobs import JobKind, JobState

OPEN = "state IN ('pending', 'running')"


class JobRow(Base):
    """One job. ``request``, ``audio`` and ``result`` hold words: the row goes at ``expires_at``, or when its caller is erased.

    ``idempotency_key`` is the caller's, and ``request_sha256`` says whether it comes with the same request again. Lease, back-off and
    doorbell are those of runs: ``not_before`` says when it may be claimed, ``next_publish_at`` when it is rung for.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        one_of("kind", JobKind),
        one_of("state", JobState),
        UniqueConstraint("organization_id", "idempotency_key", name="uq_jobs_idempotency_key"),
        Index("ix_jobs_due", "kind", "next_publish_at", postgresql_where=text(OPEN)),
        Index(None, "expires_at"),
        Index(None, "conversation_id", postgresql_where=text("conversation_id IS NOT NULL")),
    )

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=JobState.PENDING)
    request: Mapped[dict[str, object]] = mapped_column(JSONB)
    audio: Mapped[bytes | None] = mapped_column(LargeBinary)
    result: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    error_code: Mapped[str | None]
    conversation_id: Mapped[UUID | None]
    idempotency_key: Mapped[str | None]
    request_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    actor: Mapped[str]
    trace_id: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    not_before: Mapped[Now]
    next_publish_at: Mapped[Now]
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    worker: Mapped[str | None]
    provider: Mapped[str | None]
    model: Mapped[str | None]
    usage: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    price_usd: Mapped[Decimal | None] = mapped_column(Numeric(14, 8))
    created_at: Mapped[Now]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
