"""A database that hangs must not take the whole front with it: a 503 after a second, and whoever needs no database is answered at once."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
import requests

from db.engine import FRONT
from db.tables.organizations import OrganizationRow
from domain.callback_tokens import callback_url
from tests.support import payloads, processes
from tests.support.deepgram import SECRET_KEY, intake
from tests.support.stored import rows

CALLERS = 16  # twice the threads of the front
HANGS_S = FRONT.deadline_ms / 1_000  # until the front gives up; who comes when it knows waits for nothing
PATIENCE_S = 10  # of whoever calls; far above that
Answer = tuple[int, float]


@pytest.fixture
def silent_database(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What connects is taken and then never told a word, as by a PostgreSQL that is stopped or whose disk hangs."""
    assert organization.twilio_account_sid, "stored first: our own process stays with the database that answers"
    with socket.create_server(("127.0.0.1", 0), backlog=128) as silent:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/none")
        yield


def asked(ask: Callable[[], requests.Response]) -> Answer:
    started = time.monotonic()
    return ask().status_code, time.monotonic() - started


def post(front: str, organization: OrganizationRow) -> Callable[[], Answer]:
    url = callback_url(front, SECRET_KEY, intake(organization.id))
    return lambda: asked(lambda: requests.post(url, data=payloads.deepgram("short"), timeout=PATIENCE_S))


@contextmanager
def stopped_backends() -> Iterator[list[int]]:
    """The front's own servers stand still until the block ends."""
    query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'hookline-front' AND datname = current_database()"
    pids = [int(found["pid"]) for found in rows(query)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield pids
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.usefixtures("silent_database")
def test_everybody_is_answered_while_the_database_says_nothing(organization: OrganizationRow, tmp_path: Path) -> None:
    with processes.web(tmp_path) as front, ThreadPoolExecutor(CALLERS) as callers:
        deliver = post(front, organization)
        list(callers.map(lambda _: deliver(), range(4 * CALLERS)))  # now each process has learned it
        delivered = [callers.submit(deliver) for _ in range(10 * CALLERS)]
        healthy = [asked(lambda: requests.get(f"{front}/health", timeout=PATIENCE_S)) for _ in range(20)]
        answers = [answer.result() for answer in delivered]

    assert {status for status, _ in answers} == {503}
    assert max(spent for _, spent in answers) < PATIENCE_S / 2
    assert median(spent for _, spent in answers) < HANGS_S
    assert {status for status, _ in healthy} == {200}
    # at the very first all threads of a process may have gone to ask before one of them knew; that lasts a second
    assert sorted(spent for _, spent in healthy)[-5] < HANGS_S / 2


def test_connections_that_hang_cost_one_503_each_and_are_never_used_again(front: str, organization: OrganizationRow) -> None:
    deliver = post(front, organization)
    processes.until(lambda: deliver()[0] == 200, "the front stores")
    with stopped_backends() as pids:
        answers = [deliver() for _ in range(4)]
        # both processes find out, each once
        processes.until(lambda: {deliver()[0] for _ in range(10)} == {200}, "the front stores again")

    assert pids
    assert 503 in {status for status, _ in answers}
    assert max(spent for _, spent in answers) < PATIENCE_S / 2
