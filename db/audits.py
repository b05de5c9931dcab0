"""Who did what with their rights: one row for each privileged act, written in the commit of the act itself."""

from uuid import UUID

from sqlalchemy import Connection, text

from db.one_trip import Statement
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
