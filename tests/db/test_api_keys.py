"""API keys: shown once, kept as a hash, revoked for good."""

import os

from db import api_keys
from db.tables.organizations import OrganizationRow
from tests.support import database
from tests.support.factories import OrganizationFactory


def test_key_is_found_by_the_id_that_it_carries(organization: OrganizationRow) -> None:
    key_id, key = api_keys.create(organization.id, "laptop")
    prefix, shown_id, secret = key.split("_", 2)
    found = api_keys.find(key_id)
    assert found is not None
    assert (prefix, shown_id) == ("hk", key_id.hex)
    assert (found.organization_id, found.name, found.revoked_at) == (organization.id, "laptop", None)
    assert found.secret_sha256 == api_keys.digest(secret)


def test_secret_is_nowhere_in_the_database(organization: OrganizationRow) -> None:
    _, key = api_keys.create(organization.id, "laptop")
    secret = key.split("_", 2)[2]
    with database.connected(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT api_keys::text FROM api_keys")
        [(row,)] = cursor.fetchall()
    assert secret not in row
    assert secret.encode().hex() not in row


def test_no_two_keys_are_alike(organization: OrganizationRow) -> None:
    keys = {api_keys.create(organization.id, "same")[1].split("_", 2)[2] for _ in range(20)}
    assert len(keys) == 20
    assert min(map(len, keys)) >= 43, "32 random bytes"


def test_only_the_owner_revokes_and_only_once(organization: OrganizationRow) -> None:
    key_id, _ = api_keys.create(organization.id, "laptop")
    assert not api_keys.revoke(OrganizationFactory.create().id, key_id)
    assert api_keys.revoke(organization.id, key_id)
    assert not api_keys.revoke(organization.id, key_id)
    found = api_keys.find(key_id)
    assert found is not None
    assert found.revoked_at is not None


def test_organization_sees_its_own_keys_in_order_revoked_ones_too(organization: OrganizationRow) -> None:
    first, _ = api_keys.create(organization.id, "first")
    second, _ = api_keys.create(organization.id, "second")
    api_keys.create(OrganizationFactory.create().id, "theirs")
    api_keys.revoke(organization.id, first)
    assert [key.id for key in api_keys.fetch_all(organization.id)] == [first, second]
