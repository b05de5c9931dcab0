"""Every refusal has the one shape and the trace id; none has a stack trace."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from db import reading
from db.tables.organizations import OrganizationRow
from domain.errors import StoreUnavailable
from wsgi import create_app

CANARY = "my chest hurts, call +15005550123"


def _fail(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/v1/transcripts/not-a-uuid", 404, "not_found"),
        ("POST", "/v1/transcripts", 405, "method_not_allowed"),
        ("POST", "/health", 405, "method_not_allowed"),
        ("GET", "/v1/transcripts", 401, "unauthorized"),
        ("POST", "/webhooks/twilio/sms", 403, None),
    ],
)
def test_refusals_have_one_shape(client: FlaskClient, method: str, path: str, status: int, code: str | None) -> None:
    answer = client.open(path, method=method)
    body = answer.get_json()
    assert answer.status_code == status
    assert set(body) - {"errors"} == {"detail", "code", "trace_id"}
    assert code is None or body["code"] == code
    assert body["trace_id"] == answer.headers["X-Trace-Id"] != ""


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 429, 500, 503])
def test_every_status_that_flask_can_raise_has_the_shape(status: int) -> None:
    app = create_app()
    app.add_url_rule("/broken", view_func=lambda: abort(status))
    answer = app.test_client().get("/broken")
    assert answer.status_code == status
    assert set(answer.get_json()) == {"detail", "code", "trace_id"}


def test_crash_tells_nothing_of_itself(api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "fetch_page", _fail(RuntimeError(CANARY)))
    answer = api_client.get("/v1/transcripts")
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal_error")
    assert CANARY not in answer.text
    assert "Traceback" not in answer.text


def test_database_outage_asks_to_come_again(api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "fetch_page", _fail(StoreUnavailable("database:OperationalError")))
    answer = api_client.get("/v1/transcripts")
    assert (answer.status_code, answer.headers["Retry-After"], answer.get_json()["code"]) == (503, "1", "store_unavailable")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Trace-Id": "trace-of-mine-1", "X-Request-ID": "other-trace-2"}, "trace-of-mine-1"),
        ({"X-Request-ID": "request-of-mine"}, "request-of-mine"),
        ({"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, "4bf92f3577b34da6a3ce929d0e0e4736"),
    ],
)
def test_trace_id_of_the_caller_is_kept(client: FlaskClient, headers: dict[str, str], expected: str) -> None:
    assert client.get("/health", headers=headers).headers["X-Trace-Id"] == expected


@pytest.mark.parametrize("sent", ["", "short", "x" * 65, "+1 500 555 0123", "a\tb c d e f g"])
def test_unfit_trace_id_is_replaced(client: FlaskClient, sent: str) -> None:
    told = client.get("/health", headers={"X-Trace-Id": sent}).headers["X-Trace-Id"]
    assert told != sent
    assert len(told) == 32


def test_each_request_has_a_trace_id_of_its_own(client: FlaskClient) -> None:
    assert client.get("/health").headers["X-Trace-Id"] != client.get("/health").headers["X-Trace-Id"]


def test_openapi_names_every_route_and_the_key(app: Flask, client: FlaskClient, organization: OrganizationRow) -> None:
    document = client.get("/v1/openapi.json").get_json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {
        "/health", "/ready", "/metrics", "/v1/usage", "/v1/calls/{call_sid}",
        "/v1/transcripts", "/v1/transcripts/{transcript_id}", "/v1/transcripts/{transcript_id}/swap-roles",
        "/v1/organization", "/v1/organization/versions", "/v1/organization/versions/{version}",
        "/v1/transcripts/{transcript_id}/utterances", "/v1/conversations", "/v1/runs", "/v1/runs/{run_id}", "/v1/replies",
        "/v1/escalations", "/v1/effects", "/v1/events", "/v1/events/{event_id}", "/v1/events/{event_id}/body",
        "/v1/search", "/v1/exports/transcripts",
        "/v1/conversations/{conversation_id}", "/v1/conversations/{conversation_id}/escalate", "/v1/conversations/{conversation_id}/end",
        "/v1/streaming/sessions", "/v1/streaming/partial", "/api/realtime/session",
        "/api/call/start", "/api/call/end", "/api/call/{call_id}/state", "/api/call/{call_id}/transcripts",
        "/api/call/{call_id}/tools/escalate", "/api/call/{call_id}/tools/intake", "/api/call/{call_id}/tools/terminate",
        "/auth/token", "/auth/refresh", "/auth/revoke", "/v1/keys", "/v1/keys/{key_id}", "/v1/audits",
    }  # fmt: skip
    for path, operations in document["paths"].items():
        for operation in operations.keys() & {"get", "post", "put", "patch", "delete"}:
            assert ("security" in operations[operation]) is (path not in {"/health", "/ready"} and not path.startswith("/auth/")), path
            assert operations[operation].get("security") in (None, [{"apiKey": []}, {"accessToken": []}]), path


def test_every_v1_route_wants_a_key(app: Flask, client: FlaskClient) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1/") and rule.rule != "/v1/openapi.json"]
    # what stands in <> is filled in by what fits: an id or a number
    paths = {rule.rule: re.sub(r"<int.*?>", "1", re.sub(r"<uuid:.*?>", str(uuid4()), rule.rule)) for rule in rules}
    answers = {
        rule.rule: client.open(paths[rule.rule], method=method).status_code
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert answers
    assert set(answers.values()) == {401}, answers
