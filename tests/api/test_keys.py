"""Who may read: API keys."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.support.factories import OrganizationFactory, TranscriptFactory


def _answer(client: FlaskClient, authorization: str | None) -> tuple[int, str | None]:
    headers = {"Authorization": authorization} if authorization is not None else {}
    answer = client.get("/v1/transcripts", headers=headers)
    return answer.status_code, answer.headers.get("WWW-Authenticate")


def test_key_decides_the_organization(client: FlaskClient, organization: OrganizationRow) -> None:
    other = OrganizationFactory.create()
    mine, theirs = TranscriptFactory.create(organization_id=organization.id), TranscriptFactory.create(organization_id=other.id)
    for owner, own, foreign in ((organization, mine, theirs), (other, theirs, mine)):
        _, key = api_keys.create(owner.id, "k")
        headers = {"Authorization": f"Bearer {key}"}
        assert client.get(f"/v1/transcripts/{own.id}", headers=headers).status_code == 200
        assert client.get(f"/v1/transcripts/{foreign.id}", headers=headers).status_code == 404


def test_no_key_is_refused_and_told_how_to_send_one(client: FlaskClient) -> None:
    assert _answer(client, None) == (401, "Bearer realm=hookline")


def _wrong_secret(key: str) -> str:
    return f"Bearer {key[:-1]}{'A' if key[-1] != 'A' else 'B'}"


@pytest.mark.parametrize(
    "spoil",
    [
        str,
        "Basic {}".format,
        "Bearer {} ".format,
        "Bearer {}x".format,
        lambda key: f"Bearer {key.removeprefix('hk_')}",
        lambda key: f"Bearer hk_{uuid4().hex}_{key.split('_', 2)[2]}",
        lambda key: f"Bearer {key[:36]}",
        _wrong_secret,
    ],
)
def test_anything_but_the_key_is_refused(client: FlaskClient, organization: OrganizationRow, spoil: Callable[[str], str]) -> None:
    assert _answer(client, spoil(api_keys.create(organization.id, "k")[1]))[0] == 401


def test_revoked_key_is_refused(client: FlaskClient, organization: OrganizationRow) -> None:
    key_id, key = api_keys.create(organization.id, "k")
    assert _answer(client, f"Bearer {key}")[0] == 200
    api_keys.revoke(organization.id, key_id)
    assert _answer(client, f"Bearer {key}") == (401, "Bearer realm=hookline, error=invalid_token")


def test_refusal_comes_before_parameters_are_looked_at(client: FlaskClient) -> None:
    assert client.get("/v1/transcripts?limit=9999").status_code == 401


def test_a_key_may_do_what_its_scope_covers_and_no_more(client: FlaskClient, organization: OrganizationRow) -> None:
    transcript = TranscriptFactory.create(organization_id=organization.id)
    acts = f"/v1/transcripts/{transcript.id}/swap-roles"
    answers = {}
    for scope in Scope:
        _, key = api_keys.create(organization.id, scope.value, scope)
        answers[scope.value] = client.post(acts, headers={"Authorization": f"Bearer {key}"}).status_code
    # nothing was said in it yet: those who may are told so
    assert answers == {"viewer": 403, "operator": 409, "admin": 409}
