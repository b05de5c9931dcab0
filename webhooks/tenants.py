"""Which organization a delivery belongs to, remembered for a few seconds, so that a webhook costs one round trip."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from db import organizations
from domain.errors import StoreUnavailable
from domain.organizations.organization import Organization, Tenant
from webhooks import gate

REMEMBERED_S = 5.0


@dataclass(frozen=True, slots=True)
class _Known:
    tenant: Tenant
    until: float


_known: dict[str | UUID, _Known] = {}
_organizations: dict[UUID, tuple[Organization, float]] = {}


def of_twilio_account(account_sid: str) -> Tenant | None:
    """The tenant of a verified Twilio account; without the database whichever was known last. Raises StoreUnavailable."""
    try:
        return _remembered(account_sid, lambda: organizations.find_by_twilio_account(account_sid))
    except StoreUnavailable:
        # an account hardly ever changes hands, and nothing but a call for help gets further than this without the database
        if account_sid not in _known:
            raise
        return _known[account_sid].tenant


def of_intake(organization_id: UUID, version: int) -> Tenant | None:
    """The tenant whose standing intake has this version now; a revoked version may live REMEMBERED_S longer. Raises StoreUnavailable."""
    tenant = _remembered(organization_id, lambda: organizations.find(organization_id))
    if tenant and tenant.intake_version < version:
        # rotated a moment ago: what we remember is older than the URL
        _known.pop(organization_id, None)
        tenant = _remembered(organization_id, lambda: organizations.find(organization_id))
    return tenant if tenant and tenant.intake_version == version else None


def organization_of(tenant: Tenant) -> Organization:
    """How the tenant wants its callers answered; a change may take REMEMBERED_S to be seen.

    Without the database it is as it was when it was last seen. Raises StoreUnavailable if it never was.
    """
    known, until = _organizations.get(tenant.id, (None, 0.0))
    if known and time.monotonic() < until:
        return known
    try:
        with gate.database.passing():
            found = organizations.fetch(tenant.id)
    except StoreUnavailable:
        if known:
            return known
        raise
    if found is None:
        raise StoreUnavailable("organization_gone")
    _organizations[tenant.id] = found, time.monotonic() + REMEMBERED_S
    return found


def forget() -> None:
    """Forget everything; the next delivery looks it up again."""
    _known.clear()
    _organizations.clear()


def _remembered(key: str | UUID, look_up: Callable[[], Tenant | None]) -> Tenant | None:
    known = _known.get(key)
    if known and time.monotonic() < known.until:
        return known.tenant
    with gate.database.passing():
        tenant = look_up()
    # only what was found is kept: keys are verified accounts and issued ids, so their number is bounded
    if tenant:
        _known[key] = _Known(tenant, time.monotonic() + REMEMBERED_S)
    return tenant
