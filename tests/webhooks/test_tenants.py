"""What the front remembers of an organization, and for how long."""

import time

import pytest

from db import organization_versions
from db.tables.organizations import OrganizationRow
from domain.organizations.organization import Tenant
from domain.organizations.organization_settings import accepted
from tests.support import visits
from webhooks import tenants


def _change(organization: OrganizationRow, greeting: str) -> None:
    organization_versions.change(organization.id, accepted({"name": "Clinic", "greeting": greeting}), "ada")


def test_a_change_is_seen_within_five_seconds(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = Tenant(organization.id, organization.slug)
    _change(organization, "one")
    assert (tenants.organization_of(tenant).greeting, tenants.organization_of(tenant).version) == ("one", 2)
    _change(organization, "two")
    began = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: began + 5.0)
    assert (tenants.organization_of(tenant).greeting, tenants.organization_of(tenant).version) == ("two", 3)


def test_until_then_it_costs_no_visit(organization: OrganizationRow) -> None:
    tenant = Tenant(organization.id, organization.slug)
    first = tenants.organization_of(tenant)
    with visits.counted() as seen:
        assert tenants.organization_of(tenant) is first
    assert seen == []
