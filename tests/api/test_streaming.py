"""What is heard piece by piece: in order, once, only its own organization's, forgotten in time, and in the end a transcript."""

import os
from collections.abc import Iterator
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from redis import Redis

import settings
from api.smorest import MAX_BODY_BYTES
from db import api_keys
from db.ephemeral import client as ephemeral
from db.ephemeral import streaming
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from domain.chain import STAGES, TASK_NAMES
from domain.errors import StoreUnavailable
from tasks import app as celery_app
from tests.support.factories import OrganizationFactory
from tests.support.invariants import assert_they_hold
from tests.support.processes import until
from tests.support.stored import count, row, rows

SESSIONS, PARTIAL = "/v1/streaming/sessions", "/v1/streaming/partial"
WORDS = "i would like to book a table for four"


@pytest.fixture
def redis() -> Any:
    """What the product keeps its keys in."""
    return Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


def _begin(client: FlaskClient, **told: Any) -> str:
    answer: Any = client.post(SESSIONS, json=told)
    assert answer.status_code == 201, answer.json
    return str(answer.json["session_id"])


def _tell(client: FlaskClient, session: str, sequence: int, text: str = "i would", *, final: bool = False) -> tuple[int, Any]:
    answer = client.post(PARTIAL, json={"session_id": session, "sequence": sequence, "text": text, "final": final})
    return answer.status_code, answer.json


def _outcome(client: FlaskClient, session: str, sequence: int, text: str = "i would", *, final: bool = False) -> str:
    status, told = _tell(client, session, sequence, text, final=final)
    return str(told["outcome"] if status == 200 else told["code"])


def test_a_session_is_a_key_of_its_organization_that_expires(api_client: FlaskClient, organization: OrganizationRow, redis: Any) -> None:
    session = _begin(api_client)
    keys = [key for key in redis.keys("*") if ":session:" in key]
    assert keys
    assert all(f"{{{organization.id}}}" in key and 0 < redis.ttl(key) <= streaming.SESSIONS.ttl_s for key in keys)
    mine = ephemeral.key(organization.id, "session", UUID(session))
    redis.expire(mine, 5)
    assert _tell(api_client, session, 1)[0] == 200
    assert redis.ttl(mine) > 5, "each piece puts the end off"
    redis.pexpire(mine, 1)
    until(lambda: not redis.exists(mine), "the session has expired")
    assert _tell(api_client, session, 2)[0] == 404


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_whatever_the_order_what_was_said_is_stored_once(api_client: FlaskClient, order: tuple[int, ...]) -> None:
    session = _begin(api_client, their_number="+14155550123")
    texts = {1: "i", 2: "i would like", 3: WORDS}
    told = [_tell(api_client, session, sequence, texts[sequence], final=sequence == 3)[1] for sequence in order]
    assert [one["whole"] for one in told] == [False, False, True]
    assert told[-1]["transcript_id"] == str(row("SELECT id FROM transcripts")["id"])
    again = _tell(api_client, session, 3, WORDS, final=True)
    assert (again[1]["outcome"], again[1]["transcript_id"]) == ("duplicate", told[-1]["transcript_id"])
    assert row("SELECT source, source_ref FROM transcripts") == {"source": "api", "source_ref": session}
    assert [count(table) for table in ("transcripts", "runs", "conversations", "webhook_events")] == [1, 1, 1, 1]
    assert row("SELECT their_number, status FROM conversations") == {"their_number": "+14155550123", "status": "completed"}
    assert_they_hold()


def test_what_was_said_goes_through_the_whole_chain(api_client: FlaskClient) -> None:
    _tell(api_client, _begin(api_client), 1, WORDS, final=True)
    celery_app.loader.import_default_modules()
    run = str(row("SELECT id FROM runs")["id"])
    assert [celery_app.tasks[TASK_NAMES[stage]](run) for stage in STAGES] == ["done"] * 4
    assert row("SELECT text, role FROM utterances") == {"text": WORDS, "role": "customer"}
    assert row("SELECT processing_status FROM transcripts") == {"processing_status": "completed"}
    assert_they_hold()


def test_what_comes_too_early_late_or_twice_is_told_apart(api_client: FlaskClient) -> None:
    session = _begin(api_client)
    assert _outcome(api_client, session, 2) == "held"
    assert _outcome(api_client, session, 2) == "duplicate"
    assert _outcome(api_client, session, 1 + streaming.SESSIONS.ahead) == "session_ahead"
    assert _outcome(api_client, session, 1) == "taken"
    assert _outcome(api_client, session, 1) == "duplicate"
    assert _outcome(api_client, session, 3, WORDS, final=True) == "taken"
    assert _outcome(api_client, session, 4) == "session_over"
    assert count("transcripts") == 1


def test_silence_is_no_transcript(api_client: FlaskClient) -> None:
    session = _begin(api_client)
    status, told = _tell(api_client, session, 1, "  ", final=True)
    assert (status, told["whole"], told["transcript_id"], count("transcripts")) == (200, True, None, 0)


def test_nobody_reaches_another_organizations_session(api_client: FlaskClient, app: Any, organization: OrganizationRow) -> None:
    session = _begin(api_client)
    _, key = api_keys.create(OrganizationFactory.create().id, "other", Scope.ADMIN)
    stranger = app.test_client()
    stranger.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    assert _tell(stranger, session, 1)[0] == 404
    assert _tell(api_client, str(uuid4()), 1)[0] == 404
    _, reader = api_keys.create(organization.id, "reader", Scope.VIEWER)
    stranger.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {reader}"
    assert [stranger.post(SESSIONS).status_code, _tell(stranger, session, 1)[0]] == [403, 403]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sequence": 0},
        {"sequence": 10**9},
        {"sequence": "1"},
        {"text": "\0"},
        {"text": "x" * 8_001},
        {"final": "yes"},
        {"session_id": "1"},
        {"more": 1},
    ],
)
def test_what_is_no_piece_is_refused(api_client: FlaskClient, wrong: dict[str, Any]) -> None:
    piece = {"session_id": _begin(api_client), "sequence": 1, "text": "i", "final": False} | wrong
    assert api_client.post(PARTIAL, json=piece).status_code == 422


def test_a_body_that_is_no_piece_by_its_size_is_not_read(api_client: FlaskClient) -> None:
    answer = api_client.post(PARTIAL, data=b"[" * (MAX_BODY_BYTES + 1), content_type="application/json")
    assert answer.status_code == 413


def test_an_organization_has_only_so_many_sessions(api_client: FlaskClient, organization: OrganizationRow, redis: Any) -> None:
    _begin(api_client)
    index = ephemeral.key(organization.id, "sessions")
    [(_, until)] = redis.zrange(index, 0, -1, withscores=True)
    redis.zadd(index, {str(uuid4()): until for _ in range(streaming.SESSIONS.rows_at_most - 1)})
    answer: Any = api_client.post(SESSIONS)
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (429, "too_many_open", "60")
    redis.zadd(index, dict.fromkeys(redis.zrange(index, 0, 3), 1.0))
    assert api_client.post(SESSIONS).status_code == 201, "those that have run out do not count"


@pytest.fixture
def without_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody listens where Redis was."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    settings.current.cache_clear()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()
    ephemeral._standing.failed = ""


def test_without_redis_nobody_is_told_anything_wrong(api_client: FlaskClient, without_redis: None) -> None:
    for _ in range(2):
        answer: Any = api_client.post(SESSIONS)
        assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "ephemeral_unavailable", "1")
    status, told = _tell(api_client, str(uuid4()), 1)
    assert (status, told["code"]) == (503, "ephemeral_unavailable"), "a session that cannot be looked for is not said to be gone"


def test_what_the_database_did_not_take_is_told_again(api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    session = _begin(api_client)
    with monkeypatch.context() as down:
        down.setattr("db.told_calls.transaction", _down)
        assert _tell(api_client, session, 1, WORDS, final=True)[0] == 503
    status, told = _tell(api_client, session, 1, WORDS, final=True)
    assert (status, told["outcome"], count("transcripts")) == (200, "duplicate", 1)


def _down() -> None:
    raise StoreUnavailable("down")


DANGER = "my father has chest pain and cannot breathe"


@pytest.fixture
def _somebody_is_on_call(organization: OrganizationRow) -> None:
    assert organization.twilio_account_sid
    rows("""UPDATE organizations SET settings = '{"on_call": "+15005550188", "alarm_words": ["the freezer is warm"]}' RETURNING id""")


@pytest.mark.usefixtures("_somebody_is_on_call")
@pytest.mark.parametrize(("text", "is_called"), [(DANGER, True), ("oh no, the freezer is warm", True), (WORDS, False), ("", False)])
def test_who_is_in_danger_is_heard_in_the_first_piece_that_says_so(api_client: FlaskClient, text: str, *, is_called: bool) -> None:
    """They may never come to the end of what they say."""
    session = _begin(api_client, their_number="+14155550123")
    assert [_tell(api_client, session, sequence, text)[1]["escalated"] for sequence in (1, 2)] == [is_called] * 2
    called = rows("SELECT kind, target FROM effects")
    assert called == [{"kind": "escalation", "target": "+15005550188"}] * is_called
    assert [found["their_number"] for found in rows("SELECT their_number FROM conversations")] == ["+14155550123"] * is_called
    assert_they_hold()


@pytest.mark.usefixtures("_somebody_is_on_call")
def test_who_was_called_for_in_the_middle_is_worked_on_in_the_end(api_client: FlaskClient) -> None:
    session = _begin(api_client)
    assert _tell(api_client, session, 1, DANGER)[1]["escalated"] is True
    told = _tell(api_client, session, 2, f"{DANGER} please hurry", final=True)[1]
    assert (told["escalated"], told["whole"]) == (True, True)
    assert row("SELECT id FROM transcripts")["id"] == told["transcript_id"]
    assert (count("conversations"), count("effects"), count("runs")) == (1, 1, 1)
    assert_they_hold()


@pytest.mark.usefixtures("_somebody_is_on_call")
def test_danger_is_heard_without_redis_and_in_a_session_that_is_gone(api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _tell(api_client, str(uuid4()), 1, DANGER)[0] == 404
    assert count("effects") == 1
    session = _begin(api_client)
    monkeypatch.setattr(ephemeral._standing, "failed", "ConnectionError")
    monkeypatch.setattr(ephemeral._standing, "spared_until", float("inf"))
    assert _tell(api_client, session, 1, DANGER)[0] == 503
    assert count("effects") == 2


def test_where_nobody_is_on_call_we_are_told(api_client: FlaskClient) -> None:
    session = _begin(api_client)
    assert _tell(api_client, session, 1, DANGER)[1]["escalated"] is False
    assert count("effects") == 0
