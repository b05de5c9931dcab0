"""API keys: made once and shown once; only the SHA-256 of the secret is kept."""

import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from db import audits
from db.engine import engine
from db.one_trip import Statement, commit
from db.outage import reported
from db.tables.access import ApiKeyRow
from db.tables.base import new_id
from db.tables.organizations import OrganizationRow
from domain.access import Scope

PREFIX = "hk"

NOTED_EVERY_S = 60.0
# keys that this process remembers having noted; forgetting them all costs one look each
NOTED_AT_MOST = 10_000
_noted: dict[UUID, float] = {}  # monotonic
# other processes note it, too; who holds the row, say to revoke it, is not waited for
_NOTE = """
UPDATE api_keys SET last_used_at = clock_timestamp() WHERE id = (
    SELECT id FROM api_keys WHERE organization_id = :org AND id = :key
        AND (last_used_at IS NULL OR last_used_at < clock_timestamp() - make_interval(secs => :every_s))
    FOR NO KEY UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key. ``secret_sha256`` is the digest of its secret part (32 random bytes need no slow hash).

    ``last_used_at`` is exact to a minute; ``plan`` is the organization's.
    """

    id: UUID
    organization_id: UUID
    name: str
    secret_sha256: bytes
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    plan: str


_COLUMNS = (
    ApiKeyRow.id,
    ApiKeyRow.organization_id,
    ApiKeyRow.name,
    ApiKeyRow.secret_sha256,
    ApiKeyRow.scope,
    ApiKeyRow.created_at,
    ApiKeyRow.revoked_at,
    ApiKeyRow.last_used_at,
    OrganizationRow.plan,
)
_ONE = """
SELECT k.id, k.organization_id, k.name, k.secret_sha256, k.scope, k.created_at, k.revoked_at, k.last_used_at, o.plan
FROM api_keys AS k JOIN organizations AS o ON o.id = k.organization_id WHERE k.id = :key
"""
_KEYS = select(*_COLUMNS).join(OrganizationRow, OrganizationRow.id == ApiKeyRow.organization_id)


def create(organization_id: UUID, name: str, scope: Scope = Scope.VIEWER, by: str | None = None) -> tuple[UUID, str]:
    """Make a key; its id and the key itself, which nobody can tell again. ``by`` is kept in the audits, if somebody did it."""
    key_id, secret = new_id(), secrets.token_urlsafe(32)
    row = {"id": key_id, "organization_id": organization_id, "name": name, "secret_sha256": digest(secret), "scope": scope}
    with reported(), engine().begin() as connection:
        connection.execute(insert(ApiKeyRow).values(**row))
        if by:
            audits.record(connection, organization_id, by, "key.create", "key", key_id)
    return key_id, f"{PREFIX}_{key_id.hex}_{secret}"


def find(key_id: UUID) -> ApiKey | None:
    """The key with this id, revoked or not. It is what tells the organization, so it is not asked for one. Raises StoreUnavailable."""
    found = commit(Statement(_ONE, {"key": key_id}))
    return _key(found[0]) if found else None


def revoke(organization_id: UUID, key_id: UUID, by: str | None = None) -> bool:
    """Refuse the key from now on; False if the organization has no such key or it was revoked before. ``by`` as for ``create``."""
    mine = (ApiKeyRow.organization_id == organization_id, ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
    with reported(), engine().begin() as connection:
        revoked = connection.execute(update(ApiKeyRow).where(*mine).values(revoked_at=func.clock_timestamp())).rowcount == 1
        if revoked and by:
            audits.record(connection, organization_id, by, "key.revoke", "key", key_id)
    return revoked


def fetch(organization_id: UUID, key_id: UUID) -> ApiKey | None:
    """One key of the organization, revoked or not. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        row = connection.execute(_KEYS.where(ApiKeyRow.organization_id == organization_id, ApiKeyRow.id == key_id)).first()
    return _key(row) if row else None


def fetch_all(organization_id: UUID) -> list[ApiKey]:
    """Every key of the organization, oldest first, revoked ones too."""
    with engine().connect() as connection:
        return [_key(row) for row in connection.execute(_KEYS.where(ApiKeyRow.organization_id == organization_id).order_by(ApiKeyRow.id))]


def fetch_page(organization_id: UUID, before: UUID | None, limit: int) -> list[ApiKey]:
    """The newest keys of the organization, or those before one, revoked ones too. Raises StoreUnavailable."""
    query = _KEYS.where(ApiKeyRow.organization_id == organization_id)
    if before:
        query = query.where(ApiKeyRow.id < before)
    with reported(), engine().connect() as connection:
        return [_key(row) for row in connection.execute(query.order_by(ApiKeyRow.id.desc()).limit(limit))]


def note_use(organization_id: UUID, key_id: UUID) -> None:
    """Write down that the key was used, at most once a minute and if that holds nobody up: whatever goes wrong, the caller is served."""
    now = time.monotonic()
    if _noted.get(key_id, now - NOTED_EVERY_S) > now - NOTED_EVERY_S:
        return
    if len(_noted) >= NOTED_AT_MOST:
        _noted.clear()
    _noted[key_id] = now
    with suppress(SQLAlchemyError), engine().begin() as connection:
        connection.execute(text(_NOTE), {"org": organization_id, "key": key_id, "every_s": NOTED_EVERY_S})


def _key(row: Row[*tuple[Any, ...]]) -> ApiKey:
    found = row._asdict()
    return ApiKey(**found | {"scope": Scope(found["scope"]), "secret_sha256": bytes(found["secret_sha256"])})


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode()).digest()
