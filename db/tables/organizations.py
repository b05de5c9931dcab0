"""Tenants."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now


class OrganizationRow(Base):
    """One tenant. ``intake_version`` is part of its standing Deepgram URL: raising it revokes the old one.

    ``version`` counts the changes of name, vertical and settings; what they were stands in ``organization_versions``.
    """

    __tablename__ = "organizations"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    plan: Mapped[str] = mapped_column(server_default="free")
    vertical: Mapped[str] = mapped_column(server_default="general")
    settings: Mapped[dict[str, object]] = mapped_column(JSONB, server_default="{}")
    version: Mapped[int] = mapped_column(server_default="1")
    twilio_account_sid: Mapped[str | None] = mapped_column(unique=True)
    intake_version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[Now]


class OrganizationVersionRow(Base):
    """An organization as it was: never changed once written, so that a run can name what it went by. ``changed_by`` is who did it."""

    __tablename__ = "organization_versions"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    vertical: Mapped[str]
    settings: Mapped[dict[str, object]] = mapped_column(JSONB)
    changed_by: Mapped[str]
    created_at: Mapped[Now]
