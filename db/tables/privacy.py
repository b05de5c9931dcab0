"""What proves that somebody was erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant


class ErasureRow(Base):
    """One erasure: who asked, when, and how many rows of each table it emptied; the caller's number only as a keyed hash.

    ``counts`` grows while it goes on; without ``finished_at`` it was interrupted, and the same command goes on with it. ``proven_at``
    is when a search of everything last found nothing.
    """

    __tablename__ = "erasures"
    __table_args__ = (Index(None, "organization_id", "begun_at"),)

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    actor: Mapped[str]
    reason: Mapped[str | None]
    number_hmac: Mapped[bytes | None] = mapped_column(LargeBinary)
    conversation_id: Mapped[UUID | None]
    plan_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    counts: Mapped[dict[str, int]] = mapped_column(JSONB, server_default="{}")
    begun_at: Mapped[Now]
    finished_at: Mapped[datetime | None]
    proven_at: Mapped[datetime | None]
