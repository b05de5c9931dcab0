"""Tenants are made once and found by what a vendor proves."""

from functools import partial
from uuid import uuid4

import pytest

from db import organizations
from domain.errors import StoreUnavailable
from domain.organizations.organization import Tenant
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.stored import count

ACCOUNT = "ACb1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1"


def _ensure(slug: str, name: str, account: str | None) -> tuple[Tenant, bool]:
    found = organizations.ensure(slug, name, account)
    assert found
    return found


def test_a_tenant_is_made_once() -> None:
    made, new = _ensure("clinic", "Clinic", ACCOUNT)
    found, again = _ensure("clinic", "Clinic", ACCOUNT)
    assert (new, again, found) == (True, False, made)


def test_two_releases_at_once_make_one_tenant() -> None:
    answers = chain.at_once([partial(_ensure, "clinic", "Clinic", ACCOUNT)] * 5)
    assert sum(new for _, new in answers) == 1
    assert len({tenant.id for tenant, _ in answers}) == count("organizations") == 1


def test_an_account_that_has_a_tenant_gets_no_second_one() -> None:
    made, _ = _ensure("clinic", "Clinic", ACCOUNT)
    assert _ensure("other", "Other", ACCOUNT) == (made, False)


def test_a_tenant_gets_the_account_that_comes_later() -> None:
    made, _ = _ensure("clinic", "Clinic", None)
    assert _ensure("clinic", "Clinic", ACCOUNT) == (made, False)
    assert organizations.find_by_twilio_account(ACCOUNT) == made


def test_a_tenant_never_changes_hands() -> None:
    made, _ = _ensure("clinic", "Clinic", ACCOUNT)
    assert organizations.ensure("clinic", "Clinic", "ACanother") is None
    assert organizations.find_by_twilio_account("ACanother") is None
    assert organizations.find_by_twilio_account(ACCOUNT) == made


def test_a_tenant_without_an_account_is_found_by_its_slug() -> None:
    made, _ = _ensure("clinic", "Clinic", None)
    assert _ensure("clinic", "Clinic", None) == (made, False)
    assert organizations.find_by_slug("clinic") == made
    assert organizations.find_by_slug("nobody") is None


def test_an_account_and_an_id_lead_to_their_tenant_only() -> None:
    tenant, _ = _ensure("clinic", "Clinic", ACCOUNT)
    OrganizationFactory.create()
    assert organizations.find_by_twilio_account(ACCOUNT) == organizations.find(tenant.id) == tenant
    assert organizations.find_by_twilio_account("ACunknown") is None
    assert organizations.find(uuid4()) is None


def test_a_tenant_without_an_account_is_nobodys_by_account() -> None:
    _ensure("clinic", "Clinic", None)
    assert organizations.find_by_twilio_account("None") is None
    assert organizations.find_by_twilio_account("") is None


def test_a_rotated_intake_has_a_version_of_its_own() -> None:
    tenant, _ = _ensure("clinic", "Clinic", ACCOUNT)
    versions = [answer.intake_version for answer in chain.at_once([partial(organizations.rotate_intake, tenant.id, "ada")] * 4)]
    assert sorted(versions) == [2, 3, 4, 5]


def test_nobodys_intake_cannot_be_rotated() -> None:
    with pytest.raises(LookupError):
        organizations.rotate_intake(uuid4(), "ada")


def test_an_outage_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(organizations, "engine", chain.impatient_engine)
    with chain.holding("LOCK TABLE organizations"), pytest.raises(StoreUnavailable):
        organizations.find_by_twilio_account(ACCOUNT)
