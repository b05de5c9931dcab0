"""People of an organization's staff: who may log in, with which scope. What they open by that stands in ``db/logins.py``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Update, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from db import audits, logins
from db.engine import engine
from db.outage import reported
from db.tables.access import PersonRow
from db.tables.base import new_id
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from domain.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as they are kept; ``login`` is in lower case."""

    id: UUID
    organization_id: UUID
    login: str
    password_hash: str
    scope: Scope
    created_at: datetime
    disabled_at: datetime | None


_COLUMNS = (
    PersonRow.id,
    PersonRow.organization_id,
    PersonRow.login,
    PersonRow.password_hash,
    PersonRow.scope,
    PersonRow.created_at,
    PersonRow.disabled_at,
)


def create(organization_id: UUID, login: str, password_hash: str, scope: Scope, by: str) -> UUID:
    """Let somebody log in from now on. Raises RefusedError if the login is taken, StoreUnavailable."""
    person_id = new_id()
    row = {"id": person_id, "organization_id": organization_id, "login": login.lower(), "password_hash": password_hash, "scope": scope}
    try:
        with reported(), engine().begin() as connection:
            connection.execute(insert(PersonRow).values(**row))
            audits.record(connection, organization_id, by, "person.create", "person", person_id)
    except IntegrityError:
        raise RefusedError("Somebody has this login already; `celery -A tasks people list` shows them.") from None
    return person_id


def find_to_log_in(slug: str, login: str) -> Person | None:
    """Who has this login in the organization with this slug, disabled or not. Raises StoreUnavailable."""
    of_it = select(*_COLUMNS).join(OrganizationRow, OrganizationRow.id == PersonRow.organization_id)
    with reported(), engine().connect() as connection:
        row = connection.execute(of_it.where(OrganizationRow.slug == slug, PersonRow.login == login.lower())).first()
    return _person(row) if row else None


def fetch_all(organization_id: UUID) -> list[Person]:
    """Everybody of the organization, disabled or not, by their login. Raises StoreUnavailable."""
    query = select(*_COLUMNS).where(PersonRow.organization_id == organization_id).order_by(PersonRow.login)
    with reported(), engine().connect() as connection:
        return [_person(row) for row in connection.execute(query)]


def disable(organization_id: UUID, login: str, by: str) -> bool:
    """Let nobody in under this login any more, and end what is open; False if nobody had it, or not any more. Raises StoreUnavailable."""
    stopped = update(PersonRow).where(PersonRow.disabled_at.is_(None)).values(disabled_at=func.clock_timestamp())
    return _change(organization_id, login, stopped, by, "person.disable")


def give_password(organization_id: UUID, login: str, password_hash: str, by: str) -> bool:
    """Replace a password, and end what was opened with the old one; as for ``disable``. Raises StoreUnavailable."""
    given = update(PersonRow).where(PersonRow.disabled_at.is_(None)).values(password_hash=password_hash)
    return _change(organization_id, login, given, by, "person.give_password")


def _change(organization_id: UUID, login: str, change: Update, by: str, act: str) -> bool:
    mine = change.where(PersonRow.organization_id == organization_id, PersonRow.login == login.lower())
    with reported(), engine().begin() as connection:
        person_id = connection.scalar(mine.returning(PersonRow.id))
        if person_id is None:
            return False
        logins.end_all(connection, organization_id, person_id)
        audits.record(connection, organization_id, by, act, "person", person_id)
    return True


def _person(row: Row[*tuple[Any, ...]]) -> Person:
    found = row._asdict()
    return Person(**found | {"scope": Scope(found["scope"])})
