"""POST /api/realtime/session: the secret and nothing else goes out; whoever cannot have one is told why and when to come again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from api import realtime, slow
from db import api_keys
from db.ephemeral import minting
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from tests.support.stored import rows

SECRET = {"value": "ek_0123456789", "expires_at": 1_800_000_000, "model": "gpt-realtime-2.1"}


@pytest.fixture
def call(api_client: FlaskClient) -> str:
    """A call that goes on."""
    begun: Any = api_client.post("/api/call/start", json={"reference": "call-1"})
    return str(begun.json["call_id"])


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, object]], None]:
    """A worker that answers so, whenever it is rung for."""

    def answers(answer: dict[str, object]) -> None:
        def rung(organization_id: UUID, request_id: UUID, _: str) -> None:
            assert minting.take_up(organization_id, request_id)
            minting.hand_over(organization_id, request_id, answer)

        monkeypatch.setattr("tasks.dispatch.announce_wish", rung)

    return answers


def _ask(client: FlaskClient, call: str) -> Any:
    return client.post("/api/realtime/session", json={"call_id": call})


def test_a_secret_is_told_once_and_written_down_nowhere(api_client: FlaskClient, call: str, worker: Any) -> None:
    worker(SECRET)
    answer = _ask(api_client, call)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    assert answer.json == {
        "call_id": call, "client_secret": SECRET["value"], "expires_at": SECRET["expires_at"], "model": SECRET["model"]
    }  # fmt: skip
    assert [found["act"] for found in rows("SELECT act FROM audits ORDER BY id")] == ["call.start", "realtime.mint"]


@pytest.mark.parametrize(
    ("refused", "status", "code", "again"),
    [
        ({"refused": "openai:insufficient_quota", "again_in_s": 300.0}, 402, "no_credit", None),
        ({"refused": "spend:day_llm_tokens", "again_in_s": 300.0}, 402, "no_credit", None),
        ({"refused": "openai:rate_limited", "again_in_s": 30.2}, 503, "realtime_unavailable", "30"),
        ({"refused": "openai:timeout", "again_in_s": 0.0}, 503, "realtime_unavailable", "1"),
        ({"refused": "not_configured", "again_in_s": 1.0}, 503, "no_realtime", "1"),
    ],
)
def test_why_there_is_none(
    api_client: FlaskClient, call: str, worker: Any, refused: dict[str, object], status: int, code: str, again: str | None
) -> None:
    worker(refused)
    answer = _ask(api_client, call)
    assert (answer.status_code, answer.json["code"], answer.headers.get("Retry-After")) == (status, code, again)


def test_nobody_waits_longer_than_that_nor_takes_all_threads(
    api_client: FlaskClient, call: str, monkeypatch: pytest.MonkeyPatch, worker: Any
) -> None:
    monkeypatch.setattr(realtime, "WAIT_S", 1)
    monkeypatch.setattr("tasks.dispatch.announce_wish", lambda *_: None)
    late = _ask(api_client, call)
    assert (late.status_code, late.json["code"], late.headers["Retry-After"]) == (503, "busy", "1")
    worker(SECRET)
    for _ in range(slow.PLACES):
        slow._free.acquire()
    try:
        assert _ask(api_client, call).status_code == 503
    finally:
        slow._free.release(slow.PLACES)
    assert _ask(api_client, call).status_code == 201


def test_only_for_a_call_that_goes_on_and_who_may(
    api_client: FlaskClient, call: str, worker: Any, app: Any, organization: OrganizationRow
) -> None:
    worker(SECRET)
    assert _ask(api_client, str(uuid4())).status_code == 404
    reader = app.test_client()
    reader.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {api_keys.create(organization.id, 'r', Scope.VIEWER)[1]}"
    assert _ask(reader, call).status_code == 403
    api_client.post("/api/call/end", json={"call_id": call})
    assert _ask(api_client, call).status_code == 409
