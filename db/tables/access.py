"""Who may read: API keys, stored as hashes only."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, Tenant, one_of
from domain.access import Scope


class ApiKeyRow(Base):
    """One API key: its id is public, of its secret only the SHA-256 is kept (32 random bytes need no slow hash)."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "organization_id"), one_of("scope", Scope))

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    name: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    scope: Mapped[str] = mapped_column(server_default=Scope.ADMIN)
    created_at: Mapped[Now]
    revoked_at: Mapped[datetime | None]
