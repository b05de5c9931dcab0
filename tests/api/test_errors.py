"""Every refusal has the one shape and the trace id; none has a stack trace."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from db import reading
from db.tables.organizations import OrganizationRow
from domain.errors import StoreUnavailable
from tests.api.routes import PLACE, ROUTES, VENDOR
from wsgi import create_app

NO_PART_OF_IT = {"/docs", "/docs/<file>", "/v1/openapi.json"}
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


NOBODYS = UUID(int=7)
NOWHERE = "there is nothing at this address; /docs shows what there is, /v1/openapi.json lists it"
NO_SUCH_ID = "nothing of this organization has this id, or it is not kept any more"
BY_SOURCE = "a vendor's id (RecordingSid, MessageSid, request_id) goes into /v1/transcripts?source_ref="
BY_PROVIDER = "a vendor's id (CallSid) goes into /v1/conversations?provider_ref="


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/v1/nothing", NOWHERE),
        ("/docs/nothing.js", NOWHERE),
        (f"/v1/runs/{NOBODYS}", NO_SUCH_ID),
        (f"/v1/events/{NOBODYS}/body", NO_SUCH_ID),
        (f"/v1/transcripts/{NOBODYS}", f"{NO_SUCH_ID}; {BY_SOURCE}"),
        (f"/v1/transcripts/{NOBODYS}/utterances", f"{NO_SUCH_ID}; {BY_SOURCE}"),
        ("/v1/transcripts/RE1", f"{NOWHERE}; {BY_SOURCE}"),
        (f"/v1/conversations/{NOBODYS}", f"{NO_SUCH_ID}; {BY_PROVIDER}"),
        ("/v1/conversations/CA1", f"{NOWHERE}; {BY_PROVIDER}"),
        ("/v1/calls/CA1", NO_SUCH_ID),
    ],
)
def test_what_is_not_found_is_the_id_or_the_address(api_client: FlaskClient, path: str, detail: str) -> None:
    answer = api_client.get(path)
    assert (answer.status_code, answer.get_json()["code"], answer.get_json()["detail"]) == (404, "not_found", detail)


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
    ours = {PLACE.sub(r"{\1}", route.rule) for route in ROUTES if route.who != VENDOR and route.rule not in NO_PART_OF_IT}
    assert set(document["paths"]) == ours
    for path, operations in document["paths"].items():
        for operation in operations.keys() & {"get", "post", "put", "patch", "delete"}:
            assert ("security" in operations[operation]) is (path not in {"/health", "/ready"} and not path.startswith("/auth/")), path
            assert operations[operation].get("security") in (None, [{"apiKey": []}, {"accessToken": []}]), path
