"""Who may come in: API keys, people, and the sessions that people have open; of every secret only a hash is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant, one_of
from domain.access import Scope


class ApiKeyRow(Base):
    """One API key: its id is public, of its secret only the SHA-256 is kept (32 random bytes need no slow hash).

    ``last_used_at`` is exact to a minute.
    """

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "organization_id"), one_of("scope", Scope))

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    name: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    scope: Mapped[str] = mapped_column(server_default=Scope.ADMIN)
    created_at: Mapped[Now]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class PersonRow(Base):
    """Somebody of the organization's own staff, under a login in lower case; the password only as werkzeug's scrypt hash."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("organization_id", "login"), one_of("scope", Scope))

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    login: Mapped[str]
    password_hash: Mapped[str]
    scope: Mapped[str] = mapped_column(server_default=Scope.VIEWER)
    created_at: Mapped[Now]
    disabled_at: Mapped[datetime | None]


class RefreshTokenRow(Base):
    """One refresh token, by its SHA-256. Those that came from one login are one session (``session_id``) and end together.

    ``used_at``: since when another one stands in its place; whoever shows it after that has a copy. ``expires_at`` is the session's.
    """

    __tablename__ = "refresh_tokens"
    __table_args__ = (Index(None, "session_id"), Index(None, "person_id"))

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    session_id: Mapped[UUID]
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Now]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
