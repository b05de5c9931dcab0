"""Who did what with their rights: one row for each privileged act, written in the commit of the act itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, text, tuple_

from db.engine import engine
from db.one_trip import Statement
from db.outage import reported
from db.tables.audits import AuditRow
from db.tables.base import new_id

_ENTER = """
INSERT INTO audits (id, organization_id, actor, act, subject, subject_id, reason)
VALUES (:id, :org, :actor, :act, :subject, :subject_id, :reason)
"""


def entered(organization_id: UUID, actor: str, act: str, subject: str, subject_id: UUID, reason: str | None = None) -> Statement:
    """What enters an act, for ``commit`` together with the act itself.

    ``actor`` is the id of an API key or the login of who used the command line, ``act`` is ``noun.verb``
    (``organization.change``), ``subject`` the kind of thing that ``subject_id`` names. No words of a caller's.
    """
    values = {"org": organization_id, "actor": actor, "act": act, "subject": subject, "subject_id": subject_id, "reason": reason}
    return Statement(_ENTER, {"id": new_id(), **values})


def record(
    connection: Connection, organization_id: UUID, actor: str, act: str, subject: str, subject_id: UUID, reason: str | None = None
) -> None:
    """Enter an act on the connection that does it; both stand when that commits, or neither does. See ``entered``."""
    entry = entered(organization_id, actor, act, subject, subject_id, reason)
    connection.execute(text(entry.sql), dict(entry.values))


@dataclass(frozen=True, slots=True)
class Audit:
    """One act as it is told to whoever may read it."""

    id: UUID
    at: datetime
    actor: str
    act: str
    subject: str
    subject_id: UUID
    reason: str | None


def fetch_page(organization_id: UUID, before: tuple[datetime, UUID] | None, limit: int, act: str | None = None) -> list[Audit]:
    """The newest acts of an organization, or those before one; only of one kind, if ``act`` says which. Raises StoreUnavailable."""
    query = select(*(getattr(AuditRow, name) for name in Audit.__slots__)).where(AuditRow.organization_id == organization_id)
    if before:
        query = query.where(tuple_(AuditRow.at, AuditRow.id) < before)
    if act:
        query = query.where(AuditRow.act == act)
    with reported(), engine().connect() as connection:
        return [Audit(*row) for row in connection.execute(query.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(limit))]
