"""Every accepted delivery, byte for byte."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant


class WebhookEventRow(Base):
    """A delivery as it came. ``body`` is zlib-compressed by us and stored outside the row, uncompressed by PostgreSQL.

    An empty one (not even zlib's head) was emptied, by its time of keeping or by an erasure: row and key stay, so a copy is no news.
    """

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("organization_id", "provider", "kind", "dedupe_key"),
        Index(None, "organization_id", "subject"),
        Index(None, "transcript_id", "kind"),
        Index(None, "conversation_id"),
        Index(None, "organization_id", "received_at", "id"),
        Index("ix_webhook_events_kept", "received_at", postgresql_where=text("octet_length(body) > 0")),
    )

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    provider: Mapped[str]
    kind: Mapped[str]
    dedupe_key: Mapped[str]
    subject: Mapped[str]
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"))
    transcript_id: Mapped[UUID | None] = mapped_column(ForeignKey("transcripts.id"))
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_size: Mapped[int]
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    trace_id: Mapped[str]
    received_at: Mapped[Now]
    duplicate_count: Mapped[int] = mapped_column(server_default="0")
