"""No body is without a bound, and the document says what is refused of one."""

import io
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from api import hearing
from api.smorest import MAX_BODY_BYTES
from tests.api.routes import PLACE, ROUTES, VENDOR, Route

BODIES = {"POST", "PUT", "PATCH"}
TAKING = [route for route in ROUTES if route.method in BODIES and route.who != VENDOR]
HEARING = {"/v1/transcribe", "/v1/jobs/transcribe"}


def _address(route: Route) -> str:
    return PLACE.sub(lambda _: str(uuid4()), route.rule)


class Endless(io.RawIOBase):
    """A body that never ends, and how much of it was read."""

    taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.taken += len(buffer)
        buffer[:] = b" " * len(buffer)
        return len(buffer)


@pytest.mark.parametrize("route", TAKING, ids=lambda route: route.name)
def test_one_byte_too_many_is_refused_unread(api_client: FlaskClient, route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "_somebody_hears", lambda: True)
    body, size = Endless(), (hearing.MAX_BODY_BYTES if route.rule in HEARING else MAX_BODY_BYTES) + 1
    told: dict[str, Any] = {"CONTENT_LENGTH": str(size), "CONTENT_TYPE": "application/json", "wsgi.input": body}
    answer = api_client.open(_address(route), method=route.method, headers={"If-Match": "*"}, environ_overrides=told)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "request_entity_too_large")
    assert body.taken == 0


def test_a_body_that_does_not_say_how_long_it_is_is_cut_off_and_refused(client: FlaskClient) -> None:
    body = Endless()
    told: dict[str, Any] = {"CONTENT_TYPE": "application/json", "wsgi.input": body, "wsgi.input_terminated": True}
    answer = client.post("/auth/refresh", environ_overrides=told)
    assert (answer.status_code, body.taken) == (413, MAX_BODY_BYTES)


def test_the_document_says_of_every_body_how_it_may_be_refused(client: FlaskClient) -> None:
    paths = client.get("/v1/openapi.json").get_json()["paths"]
    taking = [told["responses"].keys() for methods in paths.values() for told in methods.values() if "requestBody" in told]
    assert len(taking) == len(TAKING)
    assert all({"400", "413", "415"} <= answers for answers in taking)
