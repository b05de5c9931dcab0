"""Admins make, list and revoke their organization's keys, and read who did what."""

import os
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.access import Caller, Scope
from tests.support import database
from tests.support.factories import OrganizationFactory
from tests.support.stored import row, rows


def _made(client: FlaskClient, **wanted: str) -> dict[str, Any]:
    answer = client.post("/v1/keys", json=wanted)
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def test_a_key_is_told_once_works_and_is_revoked(api_client: FlaskClient, organization: OrganizationRow) -> None:
    made = _made(api_client, name="dashboard")
    assert (made["name"], made["scope"], made["last_used_at"]) == ("dashboard", "viewer", None)
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert api_client.get("/v1/transcripts", headers=headers).status_code == 200
    listed = api_client.get("/v1/keys").get_json()["items"]
    assert [found["name"] for found in listed] == ["dashboard", "test"]
    assert listed[0]["last_used_at"] is not None
    assert made["key"].split("_", 2)[2] not in api_client.get("/v1/keys").text
    assert [api_client.delete(f"/v1/keys/{made['id']}").status_code for _ in range(2)] == [204, 404]
    assert api_client.get("/v1/transcripts", headers=headers).status_code == 401
    acts = api_client.get("/v1/audits").get_json()["items"]
    assert [(act["act"], act["subject_id"]) for act in acts] == [("key.revoke", made["id"]), ("key.create", made["id"])]
    assert UUID(acts[0]["actor"]) in {key.id for key in api_keys.fetch_all(organization.id)}


@pytest.mark.parametrize("scope", [Scope.VIEWER, Scope.OPERATOR])
def test_only_admins_may(client: FlaskClient, organization: OrganizationRow, scope: Scope) -> None:
    key_id, key = api_keys.create(organization.id, "k", scope)
    headers = {"Authorization": f"Bearer {key}"}
    for method, path in (("GET", "/v1/keys"), ("POST", "/v1/keys"), ("DELETE", f"/v1/keys/{key_id}"), ("GET", "/v1/audits")):
        assert client.open(path, method=method, headers=headers).status_code == 403


@pytest.mark.parametrize("has", Scope)
@pytest.mark.parametrize("wanted", Scope)
def test_nobody_gives_more_than_they_have(has: Scope, wanted: Scope) -> None:
    ranks = ["viewer", "operator", "admin"]
    assert Caller(uuid4(), "ada", has).may_give(wanted) is (ranks.index(has) >= ranks.index(wanted))


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x" * 201}, {"name": "a\0b"}, {"name": "k", "scope": "root"}, {"name": "k", "organization": "x"}]
)
def test_what_is_no_key_is_refused_with_the_field(api_client: FlaskClient, body: dict[str, str]) -> None:
    answer = api_client.post("/v1/keys", json=body)
    assert answer.status_code == 422
    assert answer.get_json()["errors"]


def test_another_organizations_keys_and_acts_are_not_there(api_client: FlaskClient) -> None:
    other = OrganizationFactory.create().id
    theirs, _ = api_keys.create(other, "theirs", Scope.ADMIN, by="bob")
    assert api_client.delete(f"/v1/keys/{theirs}").status_code == 404
    assert str(theirs) not in api_client.get("/v1/keys").text + api_client.get("/v1/audits").text


@pytest.mark.parametrize("path", ["/v1/keys", "/v1/audits"])
def test_pages_follow_one_another(api_client: FlaskClient, path: str) -> None:
    for number in range(4):
        _made(api_client, name=f"k{number}")
    whole = api_client.get(path).get_json()["items"]
    seen, query = [], {"limit": "2"}
    for _ in range(len(whole)):
        page = api_client.get(path, query_string=query).get_json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        query = {"limit": "2", "cursor": page["next_cursor"]}
    assert seen == whole
    assert len(seen) >= 4


def test_acts_of_one_kind_are_listed_alone(api_client: FlaskClient) -> None:
    made = _made(api_client, name="k")
    api_client.delete(f"/v1/keys/{made['id']}")
    found = api_client.get("/v1/audits", query_string={"act": "key.revoke"}).get_json()["items"]
    assert [act["act"] for act in found] == ["key.revoke"]


def _last_use(key_id: UUID) -> object:
    return row("SELECT last_used_at FROM api_keys WHERE id = %s", str(key_id))["last_used_at"]


def test_use_is_written_down_once_a_minute_and_waits_for_nobody(organization: OrganizationRow) -> None:
    key_id, _ = api_keys.create(organization.id, "k")
    with database.connected(os.environ["DATABASE_URL"]) as holder, holder.cursor() as cursor:
        cursor.execute("BEGIN; SELECT 1 FROM api_keys FOR UPDATE")
        api_keys.note_use(organization.id, key_id)
        cursor.execute("ROLLBACK")
    assert _last_use(key_id) is None, "somebody held it: it was left alone"
    api_keys._noted.clear()
    api_keys.note_use(organization.id, key_id)
    first = _last_use(key_id)
    assert first is not None
    api_keys._noted.clear()  # as another process
    api_keys.note_use(organization.id, key_id)
    assert _last_use(key_id) == first
    rows("UPDATE api_keys SET last_used_at = now() - interval '2 minutes' RETURNING id")
    api_keys.note_use(organization.id, key_id)
    assert _last_use(key_id) != first, "it was aged; this process knows that it noted it a moment ago"
    aged = _last_use(key_id)
    api_keys._noted.clear()
    api_keys.note_use(organization.id, key_id)
    assert _last_use(key_id) != aged
