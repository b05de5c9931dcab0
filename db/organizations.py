"""Tenants: found by what a vendor's delivery proves, made by the setup command."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db import audits, organization_versions
from db.engine import engine
from db.outage import again_if_cut, reported
from db.tables.healing import WatermarkRow
from db.tables.organizations import OrganizationRow
from domain.organizations.organization import Organization, Tenant
from domain.telephony.history import Account

# who makes the first version of what `ensure` makes
MAKER = "setup"
_TENANT = (OrganizationRow.id, OrganizationRow.slug, OrganizationRow.intake_version)


def find_by_twilio_account(account_sid: str) -> Tenant | None:
    """The tenant that a verified Twilio account belongs to. Raises StoreUnavailable."""
    return again_if_cut(lambda: _first(OrganizationRow.twilio_account_sid == account_sid))


def find(organization_id: UUID) -> Tenant | None:
    """The tenant with this id. Raises StoreUnavailable."""
    return again_if_cut(lambda: _first(OrganizationRow.id == organization_id))


def find_by_slug(slug: str) -> Tenant | None:
    """The tenant with this slug."""
    return _first(OrganizationRow.slug == slug)


def fetch_slugs(limit: int) -> tuple[list[str], int]:
    """The first slugs by name, and how many there are of all."""
    query = select(OrganizationRow.slug, func.count().over().label("total")).order_by(OrganizationRow.slug).limit(limit)
    with engine().connect() as connection:
        found = connection.execute(query).all()
    return [row.slug for row in found], found[0].total if found else 0


def fetch(organization_id: UUID) -> Organization | None:
    """The organization as it wants its callers answered now. Raises StoreUnavailable."""
    row = OrganizationRow
    columns = (row.id, row.slug, row.name, row.settings, row.twilio_account_sid, row.vertical, row.version)
    with reported(), engine().connect() as connection:
        found = connection.execute(select(*columns).where(row.id == organization_id)).first()
    if found is None:
        return None
    id_, slug, name, settings, account, vertical, version = found
    return Organization.from_settings(id_, slug, name, settings, account, vertical=vertical, version=version)


def fetch_accounts(account_sids: Collection[str]) -> list[Account]:
    """Who owns these Twilio accounts; whose vendor was asked longest ago for what we missed comes first. Raises StoreUnavailable."""
    row, asked = OrganizationRow, WatermarkRow
    last_asked = select(func.min(asked.checked_at)).where(asked.organization_id == row.id).scalar_subquery()
    query = select(row.id, row.slug, row.twilio_account_sid).where(row.twilio_account_sid.in_(account_sids))
    with reported(), engine().connect() as connection:
        found = connection.execute(query.order_by(last_asked.nulls_first(), row.id))
        return [Account(id_, slug, sid or "") for id_, slug, sid in found]


def ensure(slug: str, name: str, twilio_account_sid: str | None) -> tuple[Tenant, bool] | None:
    """Make the tenant unless it exists; the tenant, and whether it is new. None if the slug is taken by another Twilio account.

    A tenant that was made before it had a Twilio account gets the account.
    """
    row = OrganizationRow
    mine = row.twilio_account_sid == twilio_account_sid if twilio_account_sid else row.slug == slug
    adopted = update(row).where(row.slug == slug, row.twilio_account_sid.is_(None)).values(twilio_account_sid=twilio_account_sid)
    with engine().begin() as connection:
        new = insert(row).values(slug=slug, name=name, twilio_account_sid=twilio_account_sid)
        created = _tenant(connection.execute(new.on_conflict_do_nothing().returning(*_TENANT)).first())
        if created:
            organization_versions.write_down(connection, created.id, MAKER)
            return created, True
        found = connection.execute(select(*_TENANT).where(mine)).first() or connection.execute(adopted.returning(*_TENANT)).first()
    tenant = _tenant(found)
    return (tenant, False) if tenant else None


def exchange_account(slug: str, twilio_account_sid: str) -> None:
    """Let the tenant with this slug have another Twilio account from now on, unless a tenant has that one already."""
    row = OrganizationRow
    taken = exists().where(row.twilio_account_sid == twilio_account_sid)
    with engine().begin() as connection:
        connection.execute(update(row).where(row.slug == slug, ~taken).values(twilio_account_sid=twilio_account_sid))


def rotate_intake(organization_id: UUID, by: str) -> Tenant:
    """Revoke the tenant's standing Deepgram URL by raising its version; the tenant with the new one."""
    with engine().begin() as connection:
        raised = (
            update(OrganizationRow).where(OrganizationRow.id == organization_id).values(intake_version=OrganizationRow.intake_version + 1)
        )
        tenant = _tenant(connection.execute(raised.returning(*_TENANT)).first())
        if tenant is None:
            raise LookupError("there is no such organization")
        audits.record(connection, organization_id, by, "organization.rotate_intake", "organization", organization_id)
    return tenant


def give_plan(organization_id: UUID, plan: str, by: str) -> None:
    """Let the organization have another plan from now on. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        connection.execute(update(OrganizationRow).where(OrganizationRow.id == organization_id).values(plan=plan))
        audits.record(connection, organization_id, by, "organization.give_plan", "organization", organization_id)


def _first(condition: ColumnElement[bool]) -> Tenant | None:
    with engine().connect() as connection:
        return _tenant(connection.execute(select(*_TENANT).where(condition)).first())


def _tenant(row: Row[UUID, str, int] | None) -> Tenant | None:
    return Tenant(row.id, row.slug, row.intake_version) if row else None
