"""What people did with their rights: who, what, to what, and why."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from db.tables.base import Base, Key, Now, Tenant


class AuditRow(Base):
    """One privileged act. ``actor`` is the id of the API key, or the login of who used the command line; no words of a caller's."""

    __tablename__ = "audits"
    __table_args__ = (Index(None, "organization_id", "at"),)

    id: Mapped[Key]
    organization_id: Mapped[Tenant]
    actor: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[UUID]
    reason: Mapped[str | None]
    at: Mapped[Now]
