"""/v1/organization: read, replaced by who saw what they replace, and every change kept with who made it."""

import json
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.smorest import MAX_BODY_BYTES
from db import api_keys, organization_versions
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from domain.organizations.organization_settings import accepted
from tests.support import chain
from tests.support.documents import CLINIC, clinic
from tests.support.factories import OrganizationFactory
from tests.support.stored import count, row, rows

PATH = "/v1/organization"


def _put(client: FlaskClient, document: object, if_match: str | None = "*") -> TestResponse:
    return client.put(PATH, json=document, headers={"If-Match": if_match} if if_match else {})


def _key_id() -> str:
    return str(row("SELECT id FROM api_keys")["id"])


def test_settings_are_read_with_their_version(api_client: FlaskClient, organization: OrganizationRow) -> None:
    answer = api_client.get(PATH)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert answer.get_json() == {"name": "Test Clinic", "vertical": "general", **organization.settings}


def test_what_is_put_is_what_is_read(api_client: FlaskClient) -> None:
    answer = _put(api_client, CLINIC, '"1"')
    assert (answer.status_code, answer.headers["ETag"], answer.get_json()) == (200, '"2"', CLINIC)
    again = api_client.get(PATH)
    assert (again.headers["ETag"], again.get_json()) == ('"2"', CLINIC)


def test_what_was_read_can_be_put_back(api_client: FlaskClient) -> None:
    read = api_client.get(PATH)
    assert _put(api_client, read.get_json() | {"greeting": "Hello."}, read.headers["ETag"]).headers["ETag"] == '"2"'


def test_what_is_left_out_is_the_default_again(api_client: FlaskClient) -> None:
    _put(api_client, CLINIC)
    assert _put(api_client, {"name": "Joe", "hours": None, "goals": []}).get_json() == {"name": "Joe", "vertical": "general"}


def test_a_change_is_kept_with_the_key_that_made_it(api_client: FlaskClient, organization: OrganizationRow) -> None:
    _put(api_client, CLINIC)
    entry = row("SELECT * FROM audits")
    assert (entry["actor"], entry["act"], entry["subject_id"]) == (_key_id(), "organization.change", str(organization.id))
    assert next(each["changed_by"] for each in api_client.get(f"{PATH}/versions").get_json()["items"]) == _key_id()


@pytest.mark.parametrize("tag", ['"2"', 'W/"2"', '"1", "2"', "*"])
def test_who_saw_what_is_there_may_replace_it(api_client: FlaskClient, tag: str) -> None:
    _put(api_client, clinic(greeting="Hello."))
    assert _put(api_client, CLINIC, tag).status_code == 200


@pytest.mark.parametrize("tag", ['"1"', '"3"', '"one"', f'"{"2" * 5_000}"', "2.0"])
def test_who_saw_something_else_is_told_to_look_again(api_client: FlaskClient, tag: str) -> None:
    _put(api_client, clinic(greeting="Hello."))
    answer = _put(api_client, CLINIC, tag)
    assert (answer.status_code, answer.get_json()["code"]) == (412, "precondition_failed")
    assert "at version 2 now" in answer.get_json()["detail"]
    assert api_client.get(PATH).get_json()["greeting"] == "Hello."


def test_who_does_not_say_what_they_saw_is_told_how(api_client: FlaskClient) -> None:
    answer = _put(api_client, CLINIC, None)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "precondition_required")
    assert "If-Match" in answer.get_json()["detail"]
    assert count("organization_versions") == 0


def test_of_two_changes_at_once_one_wins(api_client: FlaskClient) -> None:
    authorization = api_client.environ_base["HTTP_AUTHORIZATION"]

    def attempt(greeting: str) -> int:
        own = api_client.application.test_client()
        own.environ_base["HTTP_AUTHORIZATION"] = authorization
        return _put(own, clinic(greeting=greeting), '"1"').status_code

    assert sorted(chain.at_once([partial(attempt, f"Hello {number}.") for number in range(4)])) == [200, 412, 412, 412]
    assert count("organization_versions") == 2


def test_who_asks_again_because_the_answer_got_lost_is_told_the_same(api_client: FlaskClient) -> None:
    first, second = (_put(api_client, CLINIC, '"1"') for _ in range(2))
    assert (first.status_code, first.headers["ETag"]) == (second.status_code, second.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize(
    ("document", "errors"),
    [
        ({}, {"name": ["is missing"]}),
        ({"name": "Joe", "persona": {"locale": "English"}}, {"persona.locale": ["must be a language tag such as en-IN"]}),
        (clinic(on_call="the boss", transcribes_live="no"),
         {"on_call": ["must be a number such as +15551234567"], "transcribes_live": ["must be true or false"]}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_path(api_client: FlaskClient, document: dict[str, Any], errors: dict[str, Any]) -> None:
    answer = _put(api_client, document)
    body = answer.get_json()
    assert (answer.status_code, body["code"], body["errors"]) == (422, "invalid_fields", errors)
    assert count("organization_versions") == 0


def test_an_unknown_setting_is_refused_with_those_that_there_are(api_client: FlaskClient) -> None:
    told = _put(api_client, clinic(colour="red")).get_json()["errors"]
    assert list(told) == ["colour"]
    assert "there are name, vertical, hours, services" in told["colour"][0]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"name=Joe", "application/x-www-form-urlencoded", 415),
        (b'{"name": ', "application/json", 400),
        (b'{"name": "Joe", "intake": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 422),
        (b'"Joe"', "application/json", 422),
        (b'{"name": "' + b"x" * MAX_BODY_BYTES + b'"}', "application/json", 413),
    ],
)
def test_a_body_that_is_no_document_is_refused(api_client: FlaskClient, body: bytes, content_type: str, status: int) -> None:
    answer = api_client.put(PATH, data=body, content_type=content_type, headers={"If-Match": "*"})
    assert answer.status_code == status
    assert {"detail", "code", "trace_id"} <= set(answer.get_json())


def test_versions_are_listed_in_pages(api_client: FlaskClient) -> None:
    for number in range(4):
        _put(api_client, clinic(greeting=f"Hello {number}."))
    first = api_client.get(f"{PATH}/versions?limit=3").get_json()
    assert ([each["version"] for each in first["items"]], first["next_before"]) == ([5, 4, 3], 3)
    second = api_client.get(f"{PATH}/versions?limit=3&before=3").get_json()
    assert ([each["version"] for each in second["items"]], second["next_before"]) == ([2, 1], None)
    assert set(second["items"][0]) == {"version", "changed_by", "created_at"}


def test_a_version_can_be_read_and_put_back(api_client: FlaskClient) -> None:
    before = api_client.get(PATH).get_json()
    _put(api_client, CLINIC)
    then = api_client.get(f"{PATH}/versions/1")
    assert (then.get_json(), then.headers["ETag"]) == (before, '"1"')
    assert _put(api_client, then.get_json()).headers["ETag"] == '"3"'
    assert api_client.get(f"{PATH}/versions/9").status_code == 404
    assert api_client.get(f"{PATH}/versions/{10**30}").status_code == 404


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "before=0", f"before={10**30}", "page=2"])
def test_bad_parameters_are_refused_by_name(api_client: FlaskClient, query: str) -> None:
    answer = api_client.get(f"{PATH}/versions?{query}")
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [query.partition("=")[0]])


def test_no_other_organization_is_read_or_changed(api_client: FlaskClient) -> None:
    other = OrganizationFactory.create()
    organization_versions.change(other.id, accepted(CLINIC), "them")
    before = rows("SELECT * FROM organizations WHERE id = %s", str(other.id))
    assert [api_client.get(f"{PATH}/versions/2").status_code, api_client.get(f"{PATH}/versions").get_json()["items"]] == [404, []]
    _put(api_client, clinic(name="Mine"))
    assert rows("SELECT * FROM organizations WHERE id = %s", str(other.id)) == before


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PUT", ""), ("GET", "/versions"), ("GET", "/versions/1")])
def test_nobody_without_a_key_is_answered(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(PATH + path, method=method, json={}).status_code == 401


def test_a_row_of_an_earlier_release_can_be_read(api_client: FlaskClient, organization: OrganizationRow) -> None:
    rows(
        "UPDATE organizations SET vertical = 'starship', settings = '{\"colour\": \"red\"}' WHERE id = %s RETURNING id",
        str(organization.id),
    )
    assert api_client.get(PATH).get_json() == {"name": "Test Clinic", "vertical": "starship", "colour": "red"}


def test_the_document_of_the_api_shows_every_setting(client: FlaskClient) -> None:
    schema = client.get("/v1/openapi.json").get_json()["components"]["schemas"]["OrganizationV1"]
    assert set(schema["properties"]) == set(CLINIC)
    assert json.dumps(schema["properties"]["hours"]).count('"timezone": {"type"') == 1


def test_a_key_that_is_revoked_changes_nothing(client: FlaskClient, organization: OrganizationRow) -> None:
    key_id, key = api_keys.create(organization.id, "k", Scope.ADMIN)
    api_keys.revoke(organization.id, key_id)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    assert _put(client, CLINIC).status_code == 401
    assert count("audits") == 0


def test_settings_that_somebody_broke_in_the_row_are_read_as_none_and_can_be_replaced(api_client: FlaskClient) -> None:
    rows("UPDATE organizations SET settings = '\"on_call\"' RETURNING id")
    assert api_client.get(PATH).get_json() == {"name": "Test Clinic", "vertical": "general"}
    assert _put(api_client, CLINIC, '"1"').get_json() == CLINIC
