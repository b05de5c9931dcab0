"""A deploy loses nothing: workers and web processes that are told to end, reloaded or killed under load, and others that go on."""

import os
import signal
import socket
import statistics
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from benchmarks.harness.processes import GRACE_S
from benchmarks.harness.product import READY_WORKER
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES
from tests.support import broker, chain, payloads, processes
from tests.support.load import under_load
from tests.support.processes import until
from tests.support.stored import row, rows
from tests.support.vendors import post_form, send_sms
from webhooks.handover import SUCCESSOR_S, stays_s

RUNS = 6
PROMISED_S = 0.1
CALL_STATUS = "/webhooks/twilio/call-status"


def _done() -> int:
    return int(row("SELECT count(*) AS n FROM runs WHERE state = 'done'")["n"])


def _sent() -> int:
    return int(row("SELECT count(*) AS n FROM effects WHERE state = 'sent'")["n"])


def _stored() -> set[str]:
    return {found["subject"] for found in rows("SELECT subject FROM webhook_events")}


def _worked_off_once(runs: int) -> None:
    assert row("SELECT count(*) AS n, max(attempts) AS most FROM run_steps") == {"n": runs * len(STAGES), "most": 1}
    assert row("SELECT count(*) AS n, max(attempts) AS most FROM effects") == {"n": runs, "most": 1}


def test_a_worker_that_is_told_to_end_in_mid_task_ends_by_itself_and_another_goes_on_at_once(
    organization: OrganizationRow, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        model = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        waiting = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": model, "WORKER_TIMEOUT_SECONDS": "600"}
        old = processes.started("worker", tmp_path, processes.ROOT, "", WORKER_CONCURRENCY="2", **waiting)
        old.ready(READY_WORKER)
        for number in range(RUNS):
            chain.store_sms(organization.id, f"SM{number}", conversation=f"thread {number}")
        until(lambda: len(_held()) == 2, "both its processes wait for the model")
        leases_end = min(held["lease_until"] for held in _held())
        with processes.worker(tmp_path, options="-n next@%h"):
            assert old.stop() == 0, "it ended by itself, and well"
            until(lambda: _sent() == RUNS, "the next worker has worked off everything")

    assert _done() == RUNS
    assert old.said("runs_handed_back")
    assert row("SELECT max(finished_at) AS last FROM runs")["last"] < leases_end
    _worked_off_once(RUNS)


def _held() -> list[dict[str, Any]]:
    return rows("SELECT lease_until FROM runs WHERE stage = 'classify_speakers' AND lease_until IS NOT NULL")


def test_a_front_that_is_reloaded_answers_all_the_while(organization: OrganizationRow, tmp_path: Path) -> None:
    with processes.front(tmp_path) as (url, process):
        with under_load(url) as before:
            until(lambda: len(before.accepted) > 100, "the front is warm")
        arbiter = psutil.Process(process.pid)
        old = arbiter.children()
        with under_load(url) as during:
            os.kill(process.pid, signal.SIGHUP)
            until(lambda: not [child for child in old if child.is_running()], "its processes are others now")

    assert not before.refused
    assert not during.refused
    assert statistics.median(during.accepted.values()) < max(PROMISED_S, 5 * statistics.median(before.accepted.values()))
    assert _stored() == {*before.accepted, *during.accepted}


def test_the_old_processes_of_a_reloaded_front_answer_until_the_new_ones_can(organization: OrganizationRow, tmp_path: Path) -> None:
    ended: list[float] = []
    with processes.front(tmp_path) as (url, process):
        with under_load(url) as before:
            until(lambda: len(before.accepted) > 100, "both its processes are there")
        old = psutil.Process(process.pid).children()
        kept = requests.Session()
        assert kept.get(f"{url}/health", timeout=5).headers["Connection"] == "keep-alive"
        began = time.monotonic()
        os.kill(process.pid, signal.SIGHUP)
        # on the same connection, so by an old one: it sends its clients to the new ones one by one
        until(lambda: kept.get(f"{url}/health", timeout=5).headers["Connection"] == "close", "it keeps no connection")
        assert min(each.is_running() for each in old)
        gone, alive = psutil.wait_procs(old, timeout=30, callback=lambda _: ended.append(time.monotonic() - began))
        assert post_form(url, CALL_STATUS, payloads.twilio("status_ringing").fields or ()).status_code == 204
    assert (len(gone), alive) == (2, [])
    assert min(ended) > SUCCESSOR_S


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("first", [1, 4])
def test_old_processes_go_one_after_the_other(first: int, workers: int) -> None:
    stay = sorted(stays_s(age, workers) for age in range(first, first + workers))
    assert stay == pytest.approx([SUCCESSOR_S * (1 + turn / workers) for turn in range(workers)])


def test_what_a_front_accepted_before_it_ended_is_done_though_its_bells_are_lost(organization: OrganizationRow, tmp_path: Path) -> None:
    with processes.front(tmp_path) as (url, process), under_load(url) as load:
        until(lambda: len(load.accepted) > 30, "the front is under load")
        assert process.stop() == 0
        until(lambda: load.refused, "nobody answers any more")
    stored = _stored()
    assert stored >= set(load.accepted)
    assert set(load.refused.values()) == {"ConnectionError"}, "whoever was answered was answered well"
    broker.empty(os.environ["REDIS_URL"])

    with processes.worker(tmp_path):
        until(lambda: _sent() == len(stored), "everything is worked off")
    _worked_off_once(len(stored))


def test_a_session_begun_at_one_front_ends_at_another_though_the_first_is_killed(organization: OrganizationRow, tmp_path: Path) -> None:
    told = [payloads.twilio(f"status_{status}").fields or () for status in ("initiated", "ringing", "answered", "completed")]
    with processes.front(tmp_path) as (one, killed), processes.front(tmp_path) as (other, _), processes.worker(tmp_path):
        for front, event in zip((one, other, one), told[:3], strict=True):
            assert post_form(front, CALL_STATUS, event).status_code == 204
        assert send_sms(one, f"SM{1:032}", "Can I change my appointment?").status_code == 200
        before = row("SELECT status FROM conversations WHERE channel = 'voice'")
        killed.kill_group()
        assert row("SELECT status FROM conversations WHERE channel = 'voice'") == before == {"status": "in_progress"}
        assert post_form(other, CALL_STATUS, told[3]).status_code == 204
        assert send_sms(other, f"SM{2:032}", "To Friday, please.").status_code == 200
        until(lambda: _done() == 2, "both messages are worked off")

    assert row("SELECT status FROM conversations WHERE channel = 'voice'")["status"] == "completed"
    assert rows("SELECT turn FROM transcripts ORDER BY turn") == [{"turn": 1}, {"turn": 2}], "both belong to one conversation"
    assert row("SELECT count(*) AS n FROM webhook_events")["n"] == len(told) + 2


# the worker's parent gets SIGTERM when it has written half of its first task to one of its processes
_HALFWAY = """
import os, signal
from billiard import connection

def _halfway(fd, buffer, offset):
    if len(buffer) < 64 or signalled:
        return plain(fd, buffer, offset)
    signalled.append(fd)
    written = plain(fd, buffer[: len(buffer) // 2], 0)
    os.kill(os.getpid(), signal.SIGTERM)
    return written

signalled = []
plain, connection.send_offset = connection.send_offset, _halfway
"""


def test_a_worker_that_is_told_to_end_while_it_hands_out_a_task_needs_no_kill(organization: OrganizationRow, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_HALFWAY, encoding="utf-8")
    path = f"{tmp_path}{os.pathsep}{processes.ROOT}"
    with processes.running("worker", tmp_path, processes.ROOT, "", PYTHONPATH=path, WORKER_CONCURRENCY="1") as told:
        told.ready(READY_WORKER)
        chain.store_sms(organization.id, "SM1")
        gone, _ = psutil.wait_procs([psutil.Process(told.pid)], timeout=GRACE_S)
        assert gone, f"it still runs; its log is {told.log}"
        assert told.stop() == 0
    assert row("SELECT count(*) AS n, max(attempts) AS most FROM run_steps WHERE finished_at IS NOT NULL")["most"] == 1
