"""A caller goes through the whole house, well and badly; then everything that anybody could read is searched for them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from benchmarks.harness.processes import Process
from db import api_keys
from db.tables.organizations import OrganizationRow
from domain.access import Scope
from scripts import twin as twins
from scripts.stack import ports
from scripts.twin.client import TwinClient
from scripts.twin.config import Config
from scripts.twin.sound import tone
from tests.support import leaks, processes, vendor_house
from tests.support.factories import OrganizationFactory
from tests.support.leaks import NUMBER, VAULT, WORDS
from tests.support.processes import until
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN, PUBLIC_BASE_URL
from tests.support.stored import row, rows
from tests.support.vendors import call_back, intake, post_form, send_sms

OPS = ("ops", "secret")
# what is said so breaks the statement that stores it; PostgreSQL tells the whole row in its answer
POISON = f"poison {WORDS}"


class House:
    """Front, worker, Flower, the vendors' twin and a Sentry, as a host runs them."""

    def __init__(self, stack: ExitStack, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Everything is started from the Procfile."""
        self._stack, self._folder = stack, folder
        dsn, self.envelopes = stack.enter_context(leaks.sentry())
        patch.setenv("SENTRY_DSN", dsn)
        self.url = stack.enter_context(processes.web(folder))
        self.twin: TwinClient = stack.enter_context(twins.running(Config({ACCOUNT_SID: AUTH_TOKEN}, routes={PUBLIC_BASE_URL: self.url})))
        for name, value in vendor_house.settings(self.twin).items():
            patch.setenv(name, str(value))
        patch.setenv("WORKER_TIMEOUT_SECONDS", "15")
        self.answers: list[str] = []
        self.flower_url = ""
        self.flower = self.start_flower()
        self.worker = stack.enter_context(processes.worker(folder))

    def start_flower(self) -> Process:
        """Flower with a disk."""
        port = ports.free()
        environment = {
            "PORT": str(port),
            "FLOWER_BASIC_AUTH": ":".join(OPS),
            "FLOWER_ADDRESS": "127.0.0.1",
            "FLOWER_DB": str(self._folder / "flower.db"),
        }
        process = self._stack.enter_context(processes.running("flower", self._folder, processes.ROOT, "", **environment))
        self.flower_url = f"http://127.0.0.1:{port}"
        until(self._flower_answers, f"Flower answers; its log is {process.log}")
        return process

    def heard(self, answer: requests.Response) -> requests.Response:
        """What the house answered somebody, kept to be searched."""
        self.answers.append(f"{answer.status_code} {answer.headers} {answer.text}")
        return answer

    def _flower_answers(self) -> bool:
        try:
            return requests.get(f"{self.flower_url}/api/tasks", auth=OPS, timeout=30).ok
        except requests.RequestException:
            return False


@pytest.fixture
def house(tmp_path: Path, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The whole house; the statement that stores words refuses some of them."""
    assert organization.twilio_account_sid
    rows("UPDATE organizations SET settings = settings || '{\"answers_calls_by_sms\": true}' RETURNING id")
    rows("ALTER TABLE utterances ADD CONSTRAINT refused CHECK (text NOT LIKE 'poison%%'); SELECT 1 AS done")
    with ExitStack() as stack:
        yield House(stack, tmp_path, monkeypatch)
    rows("ALTER TABLE utterances DROP CONSTRAINT refused; SELECT 1 AS done")


def _ended(source_ref: str) -> Callable[[], bool]:
    query = "SELECT processing_status IN ('completed', 'failed') AS ended FROM transcripts WHERE source_ref = %s"
    return lambda: any(found["ended"] for found in rows(query, source_ref))


def _goes_well(house: House) -> None:
    """A message, a recording with its callback, a live call."""
    message = f"SM{uuid4().hex}"
    send_sms(house.url, message, WORDS, customer=NUMBER)
    audio = tone(3.0, 1)
    utterances = [{"transcript": WORDS, "start": 0.0, "end": 2.0, "speaker": 0, "confidence": 0.9, "channel": 0, "words": []}]
    house.twin.hear(audio, {"metadata": {"duration": 3.0, "channels": 1}, "results": {"channels": [], "utterances": utterances}})
    recording, call = house.twin.add_recording(audio, account=ACCOUNT_SID), f"CA{uuid4().hex}"
    caller = [("AccountSid", ACCOUNT_SID), ("CallSid", call), ("From", NUMBER), ("To", "+14155550199"), ("Direction", "inbound")]
    house.heard(post_form(house.url, "/webhooks/twilio/call-status", [*caller, ("CallStatus", "completed"), ("SequenceNumber", "3")]))
    said = [("RecordingSid", recording), ("RecordingStatus", "completed"), ("RecordingDuration", "3"), ("RecordingChannels", "1")]
    house.heard(post_form(house.url, "/webhooks/twilio/recording-status", [*caller[:2], *said]))
    live = house.twin.play_live_call(PUBLIC_BASE_URL, [{"says": WORDS, "hangs_up": True}], account=ACCOUNT_SID, from_=NUMBER)
    for ref in (message, recording):
        until(_ended(ref), f"{ref} is worked off")
    heard = "SELECT count(*) AS n FROM transcripts WHERE source = 'live_turn' AND source_ref LIKE %s"
    until(lambda: row(heard, f"{live}%")["n"], "the live call is heard")


def _is_taken(ask: Callable[[], requests.Response]) -> bool:
    return ask().ok


def _is_asked_about(house: House, organization: OrganizationRow) -> None:
    """Somebody asks the API about the same words."""
    _, key = api_keys.create(organization.id, "asks", Scope.OPERATOR)
    for path, asked in (("classify-intent", {"text": WORDS}), ("turn", {"messages": [{"role": "user", "content": WORDS}]})):
        ask = partial(requests.post, f"{house.url}/v1/{path}", json=asked, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        until(partial(_is_taken, ask), f"{path} is taken")
    until(lambda: not rows("SELECT id FROM jobs WHERE state IN ('pending', 'running')"), "the jobs are done")


def _goes_badly(house: House, organization: OrganizationRow) -> None:
    """Refused, malformed, unreadable, a vendor that quotes, a statement that quotes, an answer that could not be made."""
    form = {"From": NUMBER, "Body": WORDS, "AccountSid": ACCOUNT_SID}
    house.heard(requests.post(f"{house.url}/webhooks/twilio/sms", data=form, headers={"X-Twilio-Signature": NUMBER}, timeout=30))
    house.heard(post_form(house.url, "/webhooks/twilio/sms", [("AccountSid", ACCOUNT_SID), ("From", NUMBER), ("Body", WORDS)]))
    url, credentials = intake(house.url, organization)
    broken = f'{{"metadata": {{"request_id": "{WORDS}'.encode()
    house.heard(requests.post(url, data=broken, auth=credentials, headers={"Content-Type": "application/json"}, timeout=30))
    unreadable = {"metadata": {"request_id": "unreadable"}, "results": {"utterances": [{"transcript": WORDS, "start": WORDS}]}}
    house.heard(call_back(house.url, organization, unreadable))
    house.heard(requests.get(f"{house.url}/v1/transcripts", params={"source_ref": WORDS, NUMBER: WORDS}, timeout=30))

    house.twin.misbehave("openai", "400", code=f"quota of {NUMBER}")
    quoted, poisoned = f"SM{uuid4().hex}", f"SM{uuid4().hex}"
    send_sms(house.url, quoted, f"once more {WORDS}", customer=NUMBER)
    until(lambda: rows("SELECT 1 AS one FROM run_steps WHERE error_code LIKE 'openai:%%'"), "the vendor refused us")
    house.twin.behave()
    send_sms(house.url, poisoned, POISON, customer=NUMBER)
    until(lambda: rows("SELECT 1 AS one FROM run_attempts WHERE code LIKE 'unexpected:%%'"), "a statement failed with the words in it")
    rows("ALTER TABLE webhook_events ADD CONSTRAINT lets_nothing_in CHECK (false) NOT VALID; SELECT 1 AS done")
    try:
        house.heard(send_sms(house.url, f"SM{uuid4().hex}", WORDS, customer=NUMBER))
    finally:
        rows("ALTER TABLE webhook_events DROP CONSTRAINT lets_nothing_in; SELECT 1 AS done")


def _commands(name: str) -> dict[str, str]:
    found = {}
    for words in (["parked", "--org", "test"], ["invariants"], ["history", name, "--org", "test"], ["explain-signature", "--help"]):
        command = [sys.executable, "-m", "celery", "-A", "tasks", *words]
        ran = subprocess.run(command, cwd=processes.ROOT, capture_output=True, text=True, timeout=120, check=False)
        found[f"command {words[0]}"] = ran.stdout + ran.stderr
    return found


def _metrics(house: House) -> str:
    _, key = api_keys.create(OrganizationFactory.create(slug="default").id, "prometheus")
    answer = requests.get(f"{house.url}/metrics", headers={"Authorization": f"Bearer {key}"}, timeout=60)
    assert answer.ok
    return answer.text


def _settled() -> bool:
    """The poisoned run ends, too: nobody leaves work for the check of the promises."""
    rows("UPDATE runs SET not_before = now(), next_publish_at = now() WHERE state = 'ready' AND lease_until IS NULL RETURNING id")
    return not rows("SELECT 1 AS one FROM runs WHERE state IN ('ready', 'waiting')")


@pytest.mark.timeout(600)
def test_nobody_is_given_away(house: House, organization: OrganizationRow, tmp_path: Path) -> None:
    _goes_well(house)
    _is_asked_about(house, organization)
    _goes_badly(house, organization)
    until(_settled, "everything has ended", timeout_s=200)
    run = str(row("SELECT run_id FROM run_attempts WHERE code LIKE 'unexpected:%%' LIMIT 1")["run_id"])
    sinks = {f"answer {number}": told for number, told in enumerate(house.answers)} | leaks.flower(house.flower_url, OPS) | _commands(run)
    sinks["metrics"] = _metrics(house)
    house.worker.kill_group()
    send_sms(house.url, f"SM{uuid4().hex}", WORDS, customer=NUMBER)
    in_flight = until(lambda: {name: it for name, it in leaks.redis(os.environ["REDIS_URL"]).items() if "run:" in it}, "a message waits")
    until(lambda: len(house.envelopes) > 1, "Sentry was told")
    held = leaks.columns()
    sinks |= leaks.redis(os.environ["REDIS_URL"]) | in_flight | leaks.logs(tmp_path)
    sinks |= {f"sentry {number}": envelope for number, envelope in enumerate(house.envelopes)}
    sinks |= {name: value for name, value in held.items() if name not in VAULT}
    assert leaks.hits(sinks) == []
    assert {name.partition(": ")[0] for name in leaks.hits(held)} >= {
        "webhook_events.body",
        "utterances.text",
        "conversations.their_number",
        "jobs.request",
    }

    _flower_remembers(house, run)
    rows("UPDATE runs SET next_publish_at = now() + interval '1 hour', not_before = now() WHERE state = 'ready' RETURNING id")


def _flower_remembers(house: House, run: str) -> None:
    """It is read only, closed to strangers, and has the chain by its run after a restart."""
    assert requests.get(f"{house.flower_url}/api/tasks", timeout=30).status_code == 401
    assert requests.post(f"{house.flower_url}/api/worker/shutdown/any", auth=OPS, timeout=30).status_code == 403
    house.flower.stop()
    house.start_flower()
    again = leaks.flower(house.flower_url, OPS)
    assert f"run:{run}" in again["flower tasks"]
    assert leaks.hits(again) == []


@pytest.mark.parametrize("said", [NUMBER, "call 415-555-7734", "Zanzibar", leaks.SPOKEN.upper(), f"card={leaks.CARD}"])
def test_whatever_gives_somebody_away_is_found_where_it_stands(tmp_path: Path, said: str) -> None:
    (tmp_path / "web-1.log").write_text(f'{{"event": "webhook_stored", "told": "{said}"}}\n', encoding="utf-8")
    found = leaks.hits(leaks.logs(tmp_path))
    assert found
    assert all(name.startswith("log web-1.log: ") for name in found)
