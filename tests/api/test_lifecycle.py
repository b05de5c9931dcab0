"""Calls that a program of the organization's takes: told twice they are one, whatever is lost is said to be, and danger is heard."""

import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from api.lifecycle_schemas import CallStateV1
from db import api_keys
from db.ephemeral import call_buffers
from db.ephemeral import client as ephemeral
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from domain.chain import STAGES, TASK_NAMES
from domain.errors import StoreUnavailable
from tasks import app as celery_app
from tests.support.factories import OrganizationFactory
from tests.support.invariants import assert_they_hold
from tests.support.stored import count, row, rows

ON_CALL = "+15005550111"
SETTINGS = f"""{{"on_call": "{ON_CALL}", "alarm_words": ["the freezer is warm"], "intake": {{"type": "object", "properties":
    {{"name": {{"type": "string"}}, "guests": {{"type": "integer", "minimum": 1}}}}}}}}"""
TALK = [("agent", "good morning how can i help"), ("customer", "i would like a table for four"), ("agent", "for when")]


@pytest.fixture
def organization(organization: OrganizationRow) -> OrganizationRow:
    """One that named somebody to call, and asks callers for two things."""
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", SETTINGS)
    return organization


@pytest.fixture
def redis() -> Any:
    """What the product keeps its keys in."""
    return Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


class Line:
    """One call, by the API."""

    def __init__(self, client: FlaskClient, reference: str = "call-1") -> None:
        """It begins."""
        self.client = client
        told = {"reference": reference, "our_number": "+15005550100", "their_number": "+14155550123"}
        self.begun: Any = client.post("/api/call/start", json=told)
        self.id = str((self.begun.json or {})["call_id"])

    def says(self, number: int, text: str, role: str = "customer") -> Any:
        return self.client.post(f"/api/call/{self.id}/transcripts", json={"sequence": number, "role": role, "text": text})

    def talks(self) -> None:
        for number, (role, text) in enumerate(TALK, 1):
            assert self.says(number, text, role).json["outcome"] == "taken"

    def tool(self, name: str, **asked: Any) -> Any:
        return self.client.post(f"/api/call/{self.id}/tools/{name}", json=asked)

    def ends(self) -> Any:
        return self.client.post("/api/call/end", json={"call_id": self.id})

    @property
    def state(self) -> Any:
        return self.client.get(f"/api/call/{self.id}/state")


@pytest.fixture
def line(api_client: FlaskClient, organization: OrganizationRow) -> Line:
    """A call that goes on."""
    return Line(api_client)


def test_a_call_that_is_started_twice_is_one(line: Line, api_client: FlaskClient, organization: OrganizationRow) -> None:
    again = Line(api_client)
    assert (line.begun.status_code, again.begun.status_code, again.id) == (201, 200, line.id)
    assert line.begun.json["phase"] == "greeting"
    assert row("SELECT phase, status, channel, direction FROM conversations") == {
        "phase": "greeting", "status": "in_progress", "channel": "voice", "direction": "inbound"
    }  # fmt: skip
    assert (count("conversations"), count("audits")) == (1, 1)
    assert Line(api_client, "call-2").id != line.id


def test_a_state_has_these_fields_and_no_others(line: Line, organization: OrganizationRow) -> None:
    line.talks()
    state = line.state.json
    assert set(CallStateV1().fields) == set(state) == {
        "call_id", "org_id", "phase", "transcripts", "escalated", "escalation_reason", "intake_data", "updated_at"
    }  # fmt: skip
    assert (state["call_id"], state["org_id"]) == (line.id, str(organization.id))
    assert [(said["role"], said["text"]) for said in state["transcripts"]] == TALK
    assert (state["escalated"], state["escalation_reason"], state["intake_data"]) == (False, None, {})
    assert line.state.headers["X-Call-Buffer"] == "kept"


def test_a_call_is_forgotten_an_hour_after_the_last_word(line: Line, redis: Any, organization: OrganizationRow) -> None:
    mine = ephemeral.key(organization.id, "call", line.id)
    assert 0 < redis.ttl(mine) <= call_buffers.BUFFERS.ttl_s
    redis.expire(mine, 5)
    line.says(1, "hello")
    assert redis.ttl(mine) > 5


def test_a_call_that_ends_becomes_a_transcript_and_is_worked_on(line: Line, redis: Any, organization: OrganizationRow) -> None:
    line.talks()
    line.tool("intake", fields={"name": "Ann Lee"})
    ended = line.ends()
    assert (ended.status_code, ended.json["status"], ended.json["phase"], ended.json["buffer"]) == (200, "completed", "completed", "kept")
    assert ended.json["intake_data"] == {"name": "Ann Lee"}
    assert not redis.exists(ephemeral.key(organization.id, "call", line.id))
    celery_app.loader.import_default_modules()
    run = ended.json["run_id"]
    assert [celery_app.tasks[TASK_NAMES[stage]](run) for stage in STAGES] == ["done"] * 4
    said = rows("SELECT role, text FROM utterances ORDER BY seq")
    assert [(one["role"], one["text"]) for one in said] == TALK
    assert row("SELECT source, status, processing_status FROM transcripts") == {
        "source": "api", "status": "completed", "processing_status": "completed"
    }  # fmt: skip
    assert_they_hold()


def test_a_second_end_changes_nothing(line: Line) -> None:
    line.talks()
    first, second = line.ends().json, line.ends().json
    assert first == second
    assert [count(table) for table in ("transcripts", "runs", "conversations")] == [1, 1, 1]
    assert [one["act"] for one in rows("SELECT act FROM audits ORDER BY id")] == ["call.start", "call.end"]
    assert [line.says(4, "hello").status_code, line.tool("intake", fields={"name": "x"}).status_code] == [409, 409]
    assert (line.state.json["phase"], line.state.json["transcripts"], line.state.headers["X-Call-Buffer"]) == ("completed", [], "none")
    assert_they_hold()


def test_an_end_that_the_database_did_not_take_loses_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.talks()
    with monkeypatch.context() as down:
        down.setattr("db.told_calls.transaction", _down)
        assert line.ends().status_code == 503
    assert line.says(4, "tomorrow").status_code == 409, "what comes between the two would be lost"
    assert line.ends().json["transcript_id"]
    assert count("transcripts") == 1


def _down() -> None:
    raise StoreUnavailable("down")


def test_a_call_in_which_nothing_was_said_ends_without_a_transcript(line: Line) -> None:
    assert (line.ends().json["transcript_id"], count("transcripts"), count("runs")) == (None, 0, 0)
    assert_they_hold()


def test_whatever_comes_out_of_order_or_twice_is_kept_in_order_once(line: Line) -> None:
    outcomes = [line.says(number, str(number)).json["outcome"] for number in (2, 3, 3, 1, 2)]
    assert outcomes == ["held", "held", "duplicate", "taken", "duplicate"]
    assert [said["text"] for said in line.state.json["transcripts"]] == ["1", "2", "3"]
    assert line.says(4 + call_buffers.BUFFERS.ahead, "x").json["code"] == "call_ahead"


def test_what_redis_forgot_is_lost_and_said_to_be(line: Line, redis: Any) -> None:
    line.talks()
    line.tool("intake", fields={"name": "Ann Lee", "guests": 4})
    line.tool("escalate", kind="person", reason="asks for somebody")
    redis.flushdb()
    state = line.state
    assert (state.json["transcripts"], state.headers["X-Call-Buffer"]) == ([], "lost")
    assert (state.json["intake_data"], state.json["escalated"]) == ({"name": "Ann Lee", "guests": 4}, True)
    assert line.says(4, "tomorrow").json["next_sequence"] == 5
    assert line.state.headers["X-Call-Buffer"] == "lost"
    ended = line.ends().json
    assert (ended["buffer"], ended["intake_data"]) == ("lost", {"name": "Ann Lee", "guests": 4})
    assert ended["transcript_id"]
    assert line.ends().json == ended
    assert_they_hold()


def test_what_never_came_is_lost_and_said_to_be(line: Line) -> None:
    assert [line.says(number, str(number)).json["outcome"] for number in (1, 3)] == ["taken", "held"]
    assert line.ends().json["buffer"] == "lost"


def test_without_redis_words_are_refused_but_danger_is_heard(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ephemeral._standing, "failed", "ConnectionError")
    monkeypatch.setattr(ephemeral._standing, "spared_until", float("inf"))
    assert line.says(1, "my father has chest pain and cannot breathe").status_code == 503
    assert row("SELECT kind, target FROM effects") == {"kind": "escalation", "target": ON_CALL}
    assert [line.state.status_code, line.ends().status_code] == [503, 503]
    assert row("SELECT ended FROM conversations") == {"ended": False}
    assert line.tool("intake", fields={"name": "Ann"}).status_code == 200, "what is kept in PostgreSQL needs no Redis"


@pytest.mark.parametrize(
    ("text", "role", "is_called"),
    [
        ("my father has chest pain and cannot breathe", "customer", True),
        ("the freezer is warm", "customer", True),
        ("my father has chest pain and cannot breathe", "agent", False),
        ("i would like a table", "customer", False),
    ],
)
def test_who_is_in_danger_is_heard_at_once(line: Line, text: str, role: str, *, is_called: bool) -> None:
    assert [line.says(1, text, role).json["escalated"] for _ in range(2)] == [is_called] * 2
    assert count("effects") == int(is_called)
    assert (line.state.json["escalated"], line.state.json["phase"]) == ((True, "escalation") if is_called else (False, "greeting"))
    assert_they_hold()


@pytest.mark.parametrize(
    ("kind", "reason", "key"),
    [("danger", "assistant", "escalation"), ("person", "asked_for_person", None), ("unsure", "assistant_asks", None)],
)
def test_whoever_an_assistant_calls_for_is_really_called_once(line: Line, kind: str, reason: str, key: str | None) -> None:
    told = [line.tool("escalate", kind=kind, reason="sounds upset").json["already"] for _ in range(2)]
    assert told == [False, True]
    effect = row("SELECT effect_key, kind, target, state, reason FROM effects")
    assert effect == {
        "effect_key": f"conversation:{line.id}:{key or reason}",
        "kind": "escalation",
        "target": ON_CALL,
        "state": "pending",
        "reason": reason,
    }
    assert (line.state.json["escalation_reason"], line.state.json["phase"]) == (reason, "escalation")
    assert [one["act"] for one in rows("SELECT act FROM audits ORDER BY id")] == ["call.start", "conversation.escalate"]
    assert_they_hold()


def test_danger_is_told_even_where_somebody_was_asked_to_look(line: Line) -> None:
    calls = [line.tool("escalate", kind=kind, reason="x").json["already"] for kind in ("unsure", "danger", "person", "danger")]
    assert calls == [False, False, True, True]
    assert (count("effects"), line.state.json["escalation_reason"]) == (2, "assistant")
    assert_they_hold()


def test_where_nobody_is_on_call_an_assistant_is_told_so(line: Line) -> None:
    rows("UPDATE organizations SET settings = settings - 'on_call' RETURNING id")
    assert line.tool("escalate", kind="danger", reason="x").status_code == 409
    assert (line.says(1, "my father has chest pain and cannot breathe").json["escalated"], count("effects")) == (False, 0)


def test_what_does_not_fit_is_asked_again(line: Line) -> None:
    told = line.tool("intake", fields={"name": " Ann Lee ", "guests": 0, "shoe_size": 9}).json
    assert told == {
        "call_id": line.id, "phase": "clarification", "intake_data": {"name": "Ann Lee"}, "refused": ["guests", "shoe_size"],
        "missing": ["guests"],
    }  # fmt: skip
    told = line.tool("intake", fields={"guests": 4}).json
    assert (told["phase"], told["intake_data"], told["missing"]) == ("intake", {"name": "Ann Lee", "guests": 4}, [])
    line.tool("escalate", reason="x")
    assert line.tool("intake", fields={"guests": 5}).json["phase"] == "escalation", "an escalation is never taken back"
    rows("UPDATE organizations SET settings = settings - 'intake' RETURNING id")
    assert line.tool("intake", fields={"guests": 5}).status_code == 409


def test_an_end_is_refused_while_somebody_is_in_danger_unless_it_is_forced(line: Line, app: Flask, organization: OrganizationRow) -> None:
    line.tool("escalate", kind="danger", reason="x")
    assert line.tool("terminate", reason="done").status_code == 409
    _, key = api_keys.create(organization.id, "operator", Scope.OPERATOR)
    operator = app.test_client()
    operator.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    force = {"reason": "done", "force": True}
    assert operator.post(f"/api/call/{line.id}/tools/terminate", json=force).status_code == 403
    ended = line.tool("terminate", **force)
    assert (ended.status_code, ended.json["status"], ended.json["phase"]) == (200, "completed", "escalation")
    assert row("SELECT status_reason FROM conversations") == {"status_reason": "terminated"}
    assert_they_hold()


def _all(client: FlaskClient, call: str) -> list[int]:
    asks: list[Callable[[], Any]] = [
        lambda: client.get(f"/api/call/{call}/state"),
        lambda: client.post("/api/call/end", json={"call_id": call}),
        lambda: client.post(f"/api/call/{call}/transcripts", json={"sequence": 1, "role": "customer", "text": "he has chest pain"}),
        lambda: client.post(f"/api/call/{call}/tools/escalate", json={"reason": "x"}),
        lambda: client.post(f"/api/call/{call}/tools/intake", json={"fields": {"name": "x"}}),
        lambda: client.post(f"/api/call/{call}/tools/terminate", json={"reason": "x"}),
    ]
    return [ask().status_code for ask in asks]


def test_nobody_reaches_another_organizations_call(line: Line, app: Flask, organization: OrganizationRow) -> None:
    stranger = app.test_client()
    _, key = api_keys.create(OrganizationFactory.create().id, "other", Scope.ADMIN)
    stranger.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    assert _all(stranger, line.id) == [404] * 6
    assert _all(line.client, str(uuid4())) == [404] * 6
    _, key = api_keys.create(organization.id, "reader", Scope.VIEWER)
    stranger.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    assert _all(stranger, line.id) == [200] + [403] * 5
    assert count("effects") == 0


def test_a_call_of_the_api_is_not_ended_at_twilio(line: Line) -> None:
    answer = line.client.post(f"/v1/conversations/{line.id}/end", json={"reason": "x"})
    assert (answer.status_code, count("effects")) == (409, 0)
