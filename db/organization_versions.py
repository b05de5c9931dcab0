"""An organization's settings, one version after the other: each is written down in the commit that makes it, and never changed again.

An organization that was made before versions were kept has no such row; the version that was there is written with its first change.
"""

from collections.abc import Container
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, SQLColumnExpression, func, literal, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from db import audits
from db.engine import engine
from db.outage import reported
from db.tables.organizations import OrganizationRow, OrganizationVersionRow
from domain.errors import ChangedMeanwhileError
from domain.organizations.organization_settings import Kept, Settings, Version

NOBODY_KNOWS = "somebody, before versions were kept"

_ROW, _THEN = OrganizationRow, OrganizationVersionRow
_NOW = select(_ROW.version, _ROW.name, _ROW.vertical, _ROW.settings)
_COLUMNS = ("organization_id", "version", "name", "vertical", "settings", "changed_by", "created_at")


def fetch(organization_id: UUID, version: int | None = None) -> Kept | None:
    """The settings as they were in a version, or as they are; None if there is no such version. Raises StoreUnavailable."""
    then = select(_THEN.version, _THEN.name, _THEN.vertical, _THEN.settings).where(_THEN.organization_id == organization_id)
    now = _NOW.where(_ROW.id == organization_id)
    with reported(), engine().connect() as connection:
        found = connection.execute(then.where(_THEN.version == version)).first() if version else None
        found = found or connection.execute(now.where(_ROW.version == version) if version else now).first()
    if found is None:
        return None
    # a row that somebody changed by hand is answered for as if it had told nothing; whoever changes it shall not stumble over it
    told = found.settings if isinstance(found.settings, dict) else {}
    return Kept(found.version, Settings(found.name, found.vertical, told))


def fetch_list(organization_id: UUID, before: int | None, limit: int) -> list[Version]:
    """The versions that are written down, the newest first, or those before one. Raises StoreUnavailable."""
    query = select(_THEN.version, _THEN.changed_by, _THEN.created_at).where(_THEN.organization_id == organization_id)
    if before is not None:
        query = query.where(_THEN.version < before)
    with reported(), engine().connect() as connection:
        return [Version(*row) for row in connection.execute(query.order_by(_THEN.version.desc()).limit(limit))]


def change(organization_id: UUID, wanted: Settings, by: str, expected: Container[int] | None = None) -> Kept:
    """Give an organization these settings, if it is at a version that is ``expected``; what it is at then.

    Settings that it has already make no version, whatever was expected: who asks twice because the answer got lost is told the same.
    Raises ChangedMeanwhileError, LookupError, StoreUnavailable.
    """
    mine = _ROW.id == organization_id
    with reported(), engine().begin() as connection:
        # without the key: what comes in meanwhile refers to the organization, and need not wait for this
        found = connection.execute(_NOW.where(mine).with_for_update(key_share=True)).first()
        if found is None:
            raise LookupError("there is no such organization")
        if Settings(found.name, found.vertical, found.settings) == wanted:
            return Kept(found.version, wanted)
        if expected is not None and found.version not in expected:
            raise ChangedMeanwhileError(found.version)
        connection.execute(_written_down(organization_id, NOBODY_KNOWS, _ROW.created_at).on_conflict_do_nothing())
        values = {"name": wanted.name, "vertical": wanted.vertical, "settings": dict(wanted.settings), "version": found.version + 1}
        connection.execute(update(_ROW).where(mine).values(**values))
        write_down(connection, organization_id, by)
        audits.record(connection, organization_id, by, "organization.change", "organization", organization_id)
    return Kept(found.version + 1, wanted)


def write_down(connection: Connection, organization_id: UUID, by: str) -> None:
    """Keep the version that the organization is at, as made by somebody now, with whatever made it."""
    connection.execute(_written_down(organization_id, by, func.clock_timestamp()))


def _written_down(organization_id: UUID, by: str, since: SQLColumnExpression[datetime]) -> Insert:
    values = select(_ROW.id, _ROW.version, _ROW.name, _ROW.vertical, _ROW.settings, literal(by), since)
    return insert(_THEN).from_select(_COLUMNS, values.where(_ROW.id == organization_id))
