"""What people have open: a session begins with a login and lives in refresh tokens, each of which is good for one use.

Whoever shows a token that was used has a copy of it, or the other one has: the session ends for both. Of two uses at the same moment the
database lets one be the first; the other one is that copy. Each change of a person's sessions holds their row, so that none slips by.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from db import audits
from db.engine import engine
from db.one_trip import Statement, commit
from db.outage import reported
from domain.access import Caller, Scope

REUSED = "a refresh token was used twice"

_OPEN = """
INSERT INTO refresh_tokens (id, organization_id, person_id, session_id, token_sha256, expires_at)
VALUES (:id, :org, :person, :session, :sha256, :expires_at)
"""
_TIDY = "DELETE FROM refresh_tokens WHERE organization_id = :org AND person_id = :person AND expires_at < clock_timestamp()"
_HOLD = "SELECT disabled_at IS NULL FROM people WHERE organization_id = :org AND id = :person FOR NO KEY UPDATE"
_USE = """
UPDATE refresh_tokens SET used_at = clock_timestamp()
WHERE organization_id = :org AND person_id = :person AND session_id = :session AND id = :old AND token_sha256 = :old_sha256
    AND used_at IS NULL AND revoked_at IS NULL AND expires_at > clock_timestamp()
"""
_WAS_USED = """
SELECT EXISTS (SELECT FROM refresh_tokens
    WHERE organization_id = :org AND person_id = :person AND id = :old AND used_at IS NOT NULL AND revoked_at IS NULL)
"""
_END = """
UPDATE refresh_tokens SET revoked_at = clock_timestamp()
WHERE organization_id = :org AND person_id = :person AND (session_id = :session OR CAST(:session AS uuid) IS NULL) AND revoked_at IS NULL
"""
_WHO = """
SELECT p.scope, o.plan FROM people AS p JOIN organizations AS o ON o.id = p.organization_id
WHERE p.organization_id = :org AND p.id = :person AND p.disabled_at IS NULL AND EXISTS (SELECT FROM refresh_tokens AS t
    WHERE t.organization_id = :org AND t.person_id = :person AND t.session_id = :session AND t.used_at IS NULL AND t.revoked_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Issued:
    """A refresh token that was made: whose it is, and what is kept of it. ``expires_at`` is aware."""

    id: UUID
    organization_id: UUID
    person_id: UUID
    session_id: UUID
    sha256: bytes
    expires_at: datetime

    def values(self) -> dict[str, object]:
        """By the names that the statements use."""
        return {"id": self.id, "session": self.session_id, "sha256": self.sha256, "expires_at": self.expires_at} | self.owner()

    def owner(self) -> dict[str, object]:
        """Whose it is."""
        return {"org": self.organization_id, "person": self.person_id}


def begin(organization_id: UUID, first: Issued) -> bool:
    """Open a session with its first token, and forget this person's sessions that are over; False if they were disabled meanwhile.

    Raises StoreUnavailable.
    """
    values = first.values() | {"org": organization_id}
    with reported(), engine().begin() as connection:
        if not connection.scalar(text(_HOLD), values):
            return False
        connection.execute(text(_TIDY), values)
        connection.execute(text(_OPEN), values)
    return True


def exchange(organization_id: UUID, old_id: UUID, old_sha256: bytes, new: Issued) -> bool:
    """Use a token, for one that takes its place; False if it is not good any more. A second use ends all. Raises StoreUnavailable."""
    values = new.values() | {"org": organization_id, "old": old_id, "old_sha256": old_sha256}
    with reported(), engine().begin() as connection:
        if connection.scalar(text(_HOLD), values) and connection.execute(text(_USE), values).rowcount == 1:
            connection.execute(text(_OPEN), values)
            return True
        if connection.scalar(text(_WAS_USED), values):
            connection.execute(text(_END), values)
            audits.record(connection, organization_id, str(new.person_id), "session.end", "session", new.session_id, REUSED)
    return False


def end(organization_id: UUID, person_id: UUID, session_id: UUID) -> None:
    """End a session: none of its tokens is good any more, access tokens neither. Raises StoreUnavailable."""
    values = {"org": organization_id, "person": person_id, "session": session_id}
    with reported(), engine().begin() as connection:
        connection.execute(text(_HOLD), values)
        connection.execute(text(_END), values)


def end_all(connection: Connection, organization_id: UUID, person_id: UUID) -> None:
    """End all that a person has open, in the commit of who holds their row."""
    connection.execute(text(_END), {"org": organization_id, "person": person_id, "session": None})


def find(organization_id: UUID, person_id: UUID, session_id: UUID) -> Caller | None:
    """Who asks in this session, with what they may do by now; None if it has ended or they were disabled. Raises StoreUnavailable."""
    found = commit(Statement(_WHO, {"org": organization_id, "person": person_id, "session": session_id}))
    return Caller(organization_id, str(person_id), Scope(found[0].scope), found[0].plan) if found else None
