"""An hour of speech in each callback, and nobody working: every one is taken at once, and all are worked off later."""

import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from tests.support import processes
from tests.support.payloads import hour_of_speech, keyed
from tests.support.processes import until
from tests.support.sessions import session
from tests.support.vendors import intake

# the product's promise is tried with 200: BURST_CALLBACKS=200 .venv/bin/python -m pytest tests/end_to_end/test_burst.py
CALLBACKS = int(os.environ.get("BURST_CALLBACKS", "15"))
WORKED_OFF_WITHIN_S = 60 + 8 * CALLBACKS
PROMISED_S = 0.1
SPIKE = 1_000
ROUNDS = 3  # the machine may be busy with other tests; the promise is the product's, not the neighbours'


def _counted(status: str) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(TranscriptRow).where(TranscriptRow.processing_status == status)) or 0


def _timed(call: Callable[[], requests.Response]) -> tuple[float, requests.Response]:
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


def _post_all(web_url: str, organization: OrganizationRow, name: str) -> tuple[float, str]:
    """The median answer time in seconds, and all figures in words."""
    url, credentials = intake(web_url, organization)
    bodies = [keyed(hour_of_speech(), f"{name}-{number}") for number in range(CALLBACKS)]
    with requests.Session() as vendor:
        control = statistics.median(_timed(lambda: vendor.get(f"{web_url}/health", timeout=30))[0] for _ in range(CALLBACKS))
        taken = [_timed(partial(vendor.post, url, data=body, auth=credentials, timeout=30)) for body in bodies]
    assert [answer.status_code for _, answer in taken] == [200] * CALLBACKS
    assert all("store;dur=" in answer.headers["Server-Timing"] for _, answer in taken)
    median, slowest = statistics.median(seconds for seconds, _ in taken), max(seconds for seconds, _ in taken)
    times = f"median {median * 1000:.1f} ms, slowest {slowest * 1000:.1f} ms, beside {control * 1000:.1f} ms for /health"
    return median, f"{len(bodies[0]) / 1e6:.2f} MB each, {times}; {taken[-1][1].headers['Server-Timing']}"


@pytest.mark.alone
@pytest.mark.timeout(120 + 2 * WORKED_OFF_WITHIN_S)
def test_a_burst_without_workers_is_answered_at_once_and_worked_off_later(
    web_url: str, organization: OrganizationRow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = 0
    median = float("inf")
    while median >= PROMISED_S and rounds < ROUNDS:
        rounds += 1
        median, figures = _post_all(web_url, organization, f"burst-{rounds}")
        with capsys.disabled():
            sys.stdout.write(f"\n{CALLBACKS} callbacks, nobody working: {figures}\n")
    assert median < PROMISED_S, figures
    expected = CALLBACKS * rounds
    assert _counted("pending") == expected

    began = time.perf_counter()
    with processes.worker(tmp_path):
        until(lambda: _counted("completed") == expected, "all are worked off", timeout_s=WORKED_OFF_WITHIN_S)
    with capsys.disabled():
        sys.stdout.write(f"all {expected} completed {time.perf_counter() - began:.1f} s after the worker was started\n")


@pytest.mark.alone
@pytest.mark.timeout(1_000)
def test_a_thousand_calls_at_once_wait_for_one_worker_and_none_is_lost(
    web_url: str, organization: OrganizationRow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, credentials = intake(web_url, organization)
    bodies = [keyed(hour_of_speech(130), f"spike-{number}") for number in range(SPIKE)]

    def post(body: bytes) -> int:
        return requests.post(url, data=body, auth=credentials, timeout=30).status_code

    with ThreadPoolExecutor(8) as callers:
        began = time.perf_counter()
        assert set(callers.map(post, bodies)) == {200}
        taken_s = time.perf_counter() - began

    began = time.perf_counter()
    with processes.worker(tmp_path):
        until(lambda: _counted("completed") == SPIKE, "all are worked off", timeout_s=800)
    with capsys.disabled():
        done_s = time.perf_counter() - began
        sys.stdout.write(f"\n{SPIKE} calls of {len(bodies[0]) / 1e3:.0f} KB taken in {taken_s:.1f} s, worked off in {done_s:.1f} s\n")
