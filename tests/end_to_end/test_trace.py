"""One trace id from the webhook's header to the vendor's, in every line of front and worker; and whose each line is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import requests

from benchmarks.harness.processes import Process
from db.tables.organizations import OrganizationRow
from scripts.twin.client import TwinClient
from tests.support import processes, vendor_house
from tests.support.processes import until
from tests.support.signing import AUTH_TOKEN, FORM, PUBLIC_BASE_URL, twilio_signature
from tests.support.stored import row, rows

PATH = "/webhooks/twilio/sms"
ENDED = "SELECT 1 AS one FROM effects WHERE state = 'sent'"


@pytest.fixture
def vendors(one_twin: TwinClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwinClient]:
    """Front and workers that start from now on ask the twin."""
    one_twin.reset()
    one_twin.speed(vendor_house.SPEED)
    for name, value in vendor_house.settings(one_twin).items():
        monkeypatch.setenv(name, str(value))
    yield one_twin
    one_twin.reset()


def _said(process: Process) -> list[dict[str, Any]]:
    lines = process.log.read_text(encoding="utf-8").splitlines()
    return [orjson.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


def _of_the_work(process: Process) -> list[dict[str, Any]]:
    """The lines of requests and tasks: only they say whose they are."""
    return [line for line in _said(process) if "integration" in line or line["event"] == "task_received"]


def _write_in(url: str, account: str, **headers: str) -> requests.Response:
    pairs = [("AccountSid", account), ("MessageSid", f"SM{uuid4().hex}"), ("From", "+14155550123"), ("To", "+14155550199")]
    pairs += [("Body", "What time do you open tomorrow?"), ("NumMedia", "0")]
    signed = {"X-Twilio-Signature": twilio_signature(PUBLIC_BASE_URL + PATH, pairs, AUTH_TOKEN), "Content-Type": FORM}
    return requests.post(url + PATH, data=dict(pairs), headers=signed | headers, timeout=30)


def test_one_trace_id_is_in_the_answer_all_lines_the_run_and_the_vendors_request(
    vendors: TwinClient, organization: OrganizationRow, tmp_path: Path
) -> None:
    with processes.front(tmp_path) as (url, front), processes.worker(tmp_path) as worker:
        answer = _write_in(url, str(organization.twilio_account_sid), **{"X-Request-ID": "trace-of-this-message"})
        until(lambda: rows(ENDED), "the reply is sent")
        until(lambda: any("reply.deliver" in line["event"] for line in _of_the_work(worker)), "the last task has ended")
        front_lines, worker_lines = _of_the_work(front), _of_the_work(worker)

    assert (answer.status_code, answer.headers["X-Trace-Id"]) == (200, "trace-of-this-message")
    run = row("SELECT trace_id, conversation_id FROM runs")
    assert run["trace_id"] == "trace-of-this-message"
    assert {line["trace_id"] for line in [*front_lines, *worker_lines]} == {"trace-of-this-message"}
    asked = vendors.log(direction="in")
    assert {entry.vendor for entry in asked} == {"openai", "twilio"}
    assert {entry.headers.get("X-Request-Id") for entry in asked} == {"trace-of-this-message"}

    ours, conversation = str(organization.id), str(run["conversation_id"])
    [stored] = [line for line in front_lines if line["event"] == "webhook_stored"]
    assert (stored["organization"], stored["conversation"], stored["integration"]) == (ours, conversation, "twilio")
    done = [line for line in worker_lines if line["event"] in {"step_finished", "effect_handled"}]
    assert len(done) == 5
    assert {(line["organization"], line["conversation"]) for line in done} == {(ours, conversation)}
    # the last step asks nobody: it needs no message of its own
    received = [line["task"] for line in worker_lines if line["event"] == "task_received"]
    assert received == ["transcript.transcribe", "transcript.classify_speakers", "reply.generate", "reply.deliver"]
