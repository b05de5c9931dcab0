"""/v1/stream-turn: pieces and then figures, a clean end whatever happens; on a real server vendors are answered beside those who wait."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from api import slow, waiting
from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from domain.errors import VendorPausedError
from providers import registry
from tests.support import acting, processes
from tests.support.acting import TEXT, ask
from tests.support.fake_vendors import MODEL_REPLY, USAGE, FakeModel
from tests.support.processes import until
from tests.support.stored import count, rows
from tests.support.vendors import send_sms

PATH = "/v1/stream-turn"
TURN = {"messages": [{"role": "user", "content": TEXT}], "conversation_id": "talk-7"}
Event = tuple[str, dict[str, Any]]


def _events(text: str) -> list[Event]:
    found = [block.split("\n") for block in text.split("\n\n") if block and not block.startswith(":")]
    return [(event.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for event, data in found]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    """A model that answers everything, so far; jobs are done at once."""
    fake = FakeModel()
    monkeypatch.setattr(registry, "reply_writer", lambda: fake)
    acting.at_once(monkeypatch)
    return fake


@pytest.mark.usefixtures("model")
def test_a_turn_comes_in_pieces_and_ends_with_what_it_took(api_client: FlaskClient) -> None:
    answer = ask(api_client, PATH, TURN)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    first, *pieces, last = _events(answer.text)
    assert first[0] == "state"
    assert len(pieces) > 1
    assert "".join(told["text"] for name, told in pieces if name == "text") == MODEL_REPLY
    assert (last[0], last[1]["usage"]["total_tokens"], last[1]["conversation_id"]) == ("usage", sum(USAGE.values()), "talk-7")


def test_a_vendor_that_is_down_ends_the_stream_with_where_to_look(api_client: FlaskClient, model: FakeModel) -> None:
    model.fails = VendorPausedError("openai:rate_limited", 60)
    name, told = _events(ask(api_client, PATH, TURN).text)[-1]
    assert (name, told["retry_in_s"] > 1) == ("later", True)
    assert api_client.get(told["job"]).get_json()["state"] == "pending"


def test_a_turn_that_failed_ends_the_stream_with_its_code(
    api_client: FlaskClient, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.jobs.task.max_attempts", lambda: 1)
    model.fails = KeyError("words of somebody's")
    answer = ask(api_client, PATH, TURN)
    assert answer.status_code == 200, answer.text
    name, told = _events(answer.text)[-1]
    assert (name, "unexpected:KeyError" in told["detail"], "words" in str(told)) == ("error", True, False)


def test_a_stream_that_takes_too_long_ends_with_where_to_look(api_client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: sum(slept))
    answer = ask(api_client, PATH, TURN)
    assert (_events(answer.text)[-1][0], ": still at it" in answer.text) == ("later", True)
    assert sum(slept) <= waiting.AT_MOST_S


def test_who_goes_away_gives_the_place_back(api_client: FlaskClient) -> None:
    for _ in range(slow.PLACES + 1):
        answer = api_client.post(PATH, json=TURN, buffered=False)
        assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
        next(iter(answer.response))
        answer.close()
    with slow.slot() as free:
        assert free


def test_who_finds_no_place_is_told_where_to_look(api_client: FlaskClient) -> None:
    with contextmanager(_all_taken)():
        for path in (PATH, "/v1/turn"):
            answer = ask(api_client, path, TURN, prefer="wait=20")
            assert (answer.status_code, answer.get_json()["state"]) == (202, "pending")


def _all_taken() -> Iterator[None]:
    taken = [slow._free.acquire(blocking=False) for _ in range(slow.PLACES)]
    assert all(taken)
    try:
        yield
    finally:
        for _ in taken:
            slow._free.release()


@pytest.fixture
def key(organization: OrganizationRow) -> str:
    """An operator's."""
    return api_keys.create(organization.id, "test", Scope.OPERATOR)[1]


def test_vendors_are_answered_while_all_who_may_wait_do(tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "1")
    with processes.web(tmp_path) as url, ThreadPoolExecutor(4) as callers:
        post = _poster(url, key)
        waits = [callers.submit(post, wait_s) for wait_s in (waiting.AT_MOST_S, waiting.AT_MOST_S)]
        until(lambda: count("jobs") == 2, "two have asked")
        # one thread of four may wait: the second to ask was sent away at once
        until(lambda: sum(wait.done() for wait in waits) == 1, "one of them was sent away")
        answers = [send_sms(url, f"SM{number:032d}", "Hello") for number in range(3)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert post(waiting.AT_MOST_S).status_code == 202
        assert sum(wait.done() for wait in waits) == 1, "the other one waits, and nobody waited for it"
        acting.work(rows("SELECT id FROM jobs ORDER BY id")[0]["id"])
        acting.work(rows("SELECT id FROM jobs ORDER BY id")[1]["id"])
        assert sorted(wait.result(60).status_code for wait in waits) == [200, 202]


def _poster(url: str, key: str) -> Callable[[int], requests.Response]:
    def post(wait_s: int) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}", "Prefer": f"wait={wait_s}"}
        return requests.post(f"{url}/v1/turn", json=TURN, headers=headers, timeout=60)

    return post
