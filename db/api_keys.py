"""API keys: made once and shown once; only the SHA-256 of the secret is kept."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update

from db.engine import engine
from db.outage import reported
from db.tables.access import ApiKeyRow
from db.tables.base import new_id
from domain.access import Scope

PREFIX = "hk"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key. ``secret_sha256`` is the digest of its secret part (32 random bytes need no slow hash)."""

    id: UUID
    organization_id: UUID
    name: str
    secret_sha256: bytes
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None


_COLUMNS = (
    ApiKeyRow.id,
    ApiKeyRow.organization_id,
    ApiKeyRow.name,
    ApiKeyRow.secret_sha256,
    ApiKeyRow.scope,
    ApiKeyRow.created_at,
    ApiKeyRow.revoked_at,
)


def create(organization_id: UUID, name: str, scope: Scope = Scope.VIEWER) -> tuple[UUID, str]:
    """Make a key; its id and the key itself, which nobody can tell again."""
    key_id, secret = new_id(), secrets.token_urlsafe(32)
    row = {"id": key_id, "organization_id": organization_id, "name": name, "secret_sha256": digest(secret), "scope": scope}
    with engine().begin() as connection:
        connection.execute(insert(ApiKeyRow).values(**row))
    return key_id, f"{PREFIX}_{key_id.hex}_{secret}"


def find(key_id: UUID) -> ApiKey | None:
    """The key with this id, revoked or not. It is what tells the organization, so it is not asked for one. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        row = connection.execute(select(*_COLUMNS).where(ApiKeyRow.id == key_id)).first()
    return _key(row) if row else None


def revoke(organization_id: UUID, key_id: UUID) -> bool:
    """Refuse the key from now on; False if the organization has no such key or it was revoked before."""
    mine = (ApiKeyRow.organization_id == organization_id, ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
    with engine().begin() as connection:
        return connection.execute(update(ApiKeyRow).where(*mine).values(revoked_at=func.clock_timestamp())).rowcount == 1


def fetch_all(organization_id: UUID) -> list[ApiKey]:
    """Every key of the organization, oldest first, revoked ones too."""
    query = select(*_COLUMNS).where(ApiKeyRow.organization_id == organization_id).order_by(ApiKeyRow.id)
    with engine().connect() as connection:
        return [_key(row) for row in connection.execute(query)]


def _key(row: Row[*tuple[Any, ...]]) -> ApiKey:
    found = row._asdict()
    return ApiKey(**found | {"scope": Scope(found["scope"])})


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode()).digest()
