"""Two web processes that know nothing of each other finish one session, one call and one secret; what one held dies with neither."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.harness.processes import Process
from benchmarks.harness.product import READY_WORKER
from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from scripts import twin
from scripts.twin import config
from scripts.twin.client import TwinClient
from tests.support import leaks, processes
from tests.support.stored import count, row

TIMEOUT_S = 60
WORDS = [f"words number {number}" for number in range(1, 11)]


class Fronts:
    """Two fronts behind a round-robin."""

    def __init__(self, fronts: list[tuple[str, Process]], key: str) -> None:
        """Both are ready."""
        self.fronts, self.key = fronts, key
        self._turns = cycle([url for url, _ in fronts])

    def post(self, path: str, body: dict[str, Any], url: str = "") -> requests.Response:
        """The next one's answer, or this one's."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return requests.post((url or next(self._turns)) + path, json=body, headers=headers, timeout=TIMEOUT_S)

    def get(self, path: str) -> requests.Response:
        """The next one's answer."""
        return requests.get(next(self._turns) + path, headers={"Authorization": f"Bearer {self.key}"}, timeout=TIMEOUT_S)

    def kill_first(self) -> None:
        """One of them is gone at once; the other has all the turns."""
        _, process = self.fronts[0]
        process.kill_group()
        self._turns = cycle([self.fronts[1][0]])


@pytest.fixture
def vendors() -> Iterator[TwinClient]:
    """OpenAI, as far as we use it."""
    with twin.running() as client:
        yield client


@pytest.fixture
def fronts(tmp_path: Path, organization: OrganizationRow, vendors: TwinClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fronts]:
    """Two gunicorns of one process each, and the worker that serves who is on the line."""
    monkeypatch.setenv("OPENAI_BASE_URL", vendors.openai_url)
    monkeypatch.setenv("OPENAI_API_KEY", config.OPENAI_KEY)
    monkeypatch.setenv("WEB_CONCURRENCY", "1")
    _, key = api_keys.create(organization.id, "two fronts", Scope.OPERATOR)
    with ExitStack() as stack:
        # it starts beside the fronts
        worker = processes.started("live", tmp_path, LIVE_CONCURRENCY="1")
        stack.callback(worker.kill_group)
        both = [stack.enter_context(processes.front(tmp_path)) for _ in range(2)]
        worker.ready(READY_WORKER)
        yield Fronts(both, key)


def test_two_fronts_are_one(fronts: Fronts, tmp_path: Path) -> None:
    _finish_a_session(fronts)
    call = _mint_for_a_call(fronts, tmp_path)
    _finish_a_call(fronts, call)


def _finish_a_session(fronts: Fronts) -> None:
    session = fronts.post("/v1/streaming/sessions", {}).json()["session_id"]
    pieces = [
        {"session_id": session, "sequence": number, "text": " ".join(WORDS[:number]), "final": number == len(WORDS)}
        for number in range(1, len(WORDS) + 1)
    ]
    with ThreadPoolExecutor(6) as many:
        # each piece by both fronts, all at the same time
        answers = list(many.map(lambda turn: fronts.post("/v1/streaming/partial", turn[0], turn[1][0]), _by_both(pieces, fronts)))
    assert {answer.status_code for answer in answers} == {200}
    assert fronts.post("/v1/streaming/partial", pieces[-1]).json()["transcript_id"] == str(row("SELECT id FROM transcripts")["id"])
    assert (count("transcripts"), count("runs")) == (1, 1)


def _by_both(pieces: list[dict[str, Any]], fronts: Fronts) -> list[tuple[dict[str, Any], tuple[str, Process]]]:
    return [(piece, front) for piece in pieces for front in fronts.fronts]


def _mint_for_a_call(fronts: Fronts, folder: Path) -> str:
    call = str(fronts.post("/api/call/start", {"reference": "one call"}).json()["call_id"])
    made = fronts.post("/api/realtime/session", {"call_id": call})
    assert made.status_code == 201, made.text
    secret = made.json()["client_secret"]
    assert secret.startswith("ek_")
    everywhere = leaks.logs(folder) | leaks.columns() | leaks.redis(os.environ["REDIS_URL"])
    assert everywhere
    assert [place for place, found in everywhere.items() if secret in found] == []
    return call


def _finish_a_call(fronts: Fronts, call: str) -> None:
    for number in (2, 1, 3, 4):
        said = {"sequence": number, "role": "customer", "text": WORDS[number - 1]}
        assert fronts.post(f"/api/call/{call}/transcripts", said).status_code == 200
    fronts.kill_first()
    state = fronts.get(f"/api/call/{call}/state")
    assert [said["text"] for said in state.json()["transcripts"]] == WORDS[:4]
    assert state.headers["X-Call-Buffer"] == "kept"
    ended = [fronts.post("/api/call/end", {"call_id": call}).json() for _ in range(2)]
    assert ended[0] == ended[1]
    assert (ended[0]["buffer"], ended[0]["status"]) == ("kept", "completed")
