"""An hour of speech in each callback, and nobody working: every one is taken at once, and all are worked off later."""

import os
import statistics
import sys
import time
from collections.abc import Callable
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

# the product's promise is tried with 200: BURST_CALLBACKS=200 make test ARGS="-n0 -s tests/end_to_end/test_burst.py"
CALLBACKS = int(os.environ.get("BURST_CALLBACKS", "15"))
WORKED_OFF_WITHIN_S = 60 + 4 * CALLBACKS


def _counted(status: str) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(TranscriptRow).where(TranscriptRow.processing_status == status)) or 0


def _timed(call: Callable[[], requests.Response]) -> tuple[float, requests.Response]:
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


@pytest.mark.timeout(120 + 2 * WORKED_OFF_WITHIN_S)
def test_a_burst_without_workers_is_answered_at_once_and_worked_off_later(
    web_url: str, organization: OrganizationRow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, credentials = intake(web_url, organization)
    bodies = [keyed(hour_of_speech(), f"burst-{number}") for number in range(CALLBACKS)]
    with requests.Session() as vendor:
        control = statistics.median(_timed(lambda: vendor.get(f"{web_url}/health", timeout=5))[0] for _ in range(CALLBACKS))
        taken = [_timed(partial(vendor.post, url, data=body, auth=credentials, timeout=10)) for body in bodies]

    assert [answer.status_code for _, answer in taken] == [200] * CALLBACKS
    assert all("store;dur=" in answer.headers["Server-Timing"] for _, answer in taken)
    median = statistics.median(seconds for seconds, _ in taken)
    slowest, told = max(seconds for seconds, _ in taken), taken[-1][1].headers["Server-Timing"]
    figures = f"median {median * 1000:.1f} ms, slowest {slowest * 1000:.1f} ms, beside {control * 1000:.1f} ms for /health; {told}"
    with capsys.disabled():
        sys.stdout.write(f"\n{CALLBACKS} callbacks of {len(bodies[0]) / 1e6:.2f} MB, nobody working: {figures}\n")
    assert median < 0.1, figures
    assert _counted("pending") == CALLBACKS

    began = time.perf_counter()
    with processes.worker(tmp_path):
        until(lambda: _counted("completed") == CALLBACKS, "all are worked off", timeout_s=WORKED_OFF_WITHIN_S)
    with capsys.disabled():
        sys.stdout.write(f"all {CALLBACKS} completed {time.perf_counter() - began:.1f} s after the worker was started\n")
