"""Tenants."""

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now


class OrganizationRow(Base):
    """One tenant. ``intake_version`` is part of its standing Deepgram URL: raising it revokes the old one."""

    __tablename__ = "organizations"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    plan: Mapped[str] = mapped_column(server_default="free")
    vertical: Mapped[str] = mapped_column(server_default="general")
    settings: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")
    twilio_account_sid: Mapped[str | None] = mapped_column(unique=True)
    intake_version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[Now]
