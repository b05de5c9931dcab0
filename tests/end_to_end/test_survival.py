"""Flower, every worker, beat and web end, and Redis comes back empty: whatever a person could ask before is answered the same."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from scripts.twin.sound import tone
from tasks.commands.reprocess import reprocess
from tests.support.processes import until
from tests.support.signing import ACCOUNT_SID, PUBLIC_BASE_URL
from tests.support.stored import rows
from tests.support.vendors import call_back, post_form, send_sms
from tests.support.whole_house import WholeHouse

CUSTOMER = "+14155550123"
BATCH = "--org test --since 2020-01-01 --until 2100-01-01 --from-step generate_reply --name again --yes"
# what an answer says of this very moment and of who is at work in it: whoever was killed may live, for all that is known within 20 s
OF_THE_MOMENT = re.compile(r"\b[\d.]+ (s|min|h)\b|(?<=taken from by ).+")
# figures of the last check, of the workers that live now, of the broker, and those that a front counts of its own answers
OF_NOW = ("hookline_webhook_", "hookline_broker_", "hookline_worker_", "hookline_queue_workers", "hookline_invariant")


@pytest.fixture
def house(tmp_path: Path, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> Iterator[WholeHouse]:
    """Every process that a host runs; callers are answered by SMS."""
    assert organization.twilio_account_sid
    rows("UPDATE organizations SET settings = settings || '{\"answers_calls_by_sms\": true}' RETURNING id")
    with ExitStack() as stack:
        yield WholeHouse(stack, tmp_path, monkeypatch)


def _recorded(house: WholeHouse, call: str) -> str:
    """A call was recorded, and Twilio says so; its RecordingSid."""
    audio = tone(3.0, 1)
    said = {"transcript": "I would like to book an appointment", "start": 0.0, "end": 2.0, "speaker": 0, "confidence": 0.9, "channel": 0}
    house.twin.hear(
        audio, {"metadata": {"duration": 3.0, "channels": 1}, "results": {"channels": [], "utterances": [{**said, "words": []}]}}
    )
    recording = house.twin.add_recording(audio, account=ACCOUNT_SID)
    caller = [("AccountSid", ACCOUNT_SID), ("CallSid", call)]
    numbers = [("From", CUSTOMER), ("To", "+14155550199"), ("Direction", "inbound")]
    assert post_form(
        house.url, "/webhooks/twilio/call-status", [*caller, *numbers, ("CallStatus", "completed"), ("SequenceNumber", "3")]
    ).ok
    told = [("RecordingSid", recording), ("RecordingStatus", "completed"), ("RecordingDuration", "3"), ("RecordingChannels", "1")]
    assert post_form(house.url, "/webhooks/twilio/recording-status", [*caller, *told]).ok
    return recording


def _until_run(source_ref: str, state: str) -> None:
    query = "SELECT 1 AS one FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id WHERE t.source_ref = %s AND r.state = %s"
    until(lambda: rows(query, source_ref, state), f"the run of {source_ref} is {state}")


def _until_effect(source_ref: str, state: str) -> str:
    query = "SELECT e.id FROM effects AS e JOIN transcripts AS t ON t.id = e.transcript_id WHERE t.source_ref = %s AND e.state = %s"
    return str(until(lambda: rows(query, source_ref, state), f"the reply to {source_ref} is {state}")[0]["id"])


def _until_arrived(effect: str) -> None:
    arrived = "SELECT 1 AS one FROM effects WHERE id = %s AND delivery = 'delivered'"
    until(lambda: rows(arrived, effect), "the network says that it has arrived")


def _played(house: WholeHouse, organization: OrganizationRow) -> dict[str, str]:
    """What went well, failed, waits for its words, waits for a person, and was refused: an id of each."""
    finished, message = _recorded(house, f"CA{uuid4().hex}"), f"SM{uuid4().hex}"
    send_sms(house.url, message, "When do you open?", customer=CUSTOMER)
    talk = house.twin.play_live_call(PUBLIC_BASE_URL, [{"says": "When do you open?", "hangs_up": True}], account=ACCOUNT_SID)
    for ref in (finished, message):
        _until_arrived(_until_effect(ref, "sent"))
    house.twin.ended_call(talk, timeout_s=120)
    ended = "SELECT 1 AS one FROM conversations WHERE provider_ref = %s AND status = 'completed'"
    until(lambda: rows(ended, talk), "Twilio has said that the live call is over")
    until(lambda: rows("SELECT 1 AS one FROM runs WHERE lane = 'urgent' AND state = 'done'"), "the live call is worked off")
    until(lambda: not rows("SELECT 1 AS one FROM effects WHERE state IN ('pending', 'sending')"), "nothing is to be said any more")
    assert CliRunner().invoke(reprocess, BATCH.split()).exit_code == 0
    until(lambda: not rows("SELECT 1 AS one FROM runs WHERE state NOT IN ('done', 'dead')"), "the batch is through")

    call_back(house.url, organization, {"metadata": {"request_id": "broken"}, "results": {"channels": "nonsense"}})
    _until_run("broken", "dead")
    house.twin.misbehave("twilio", "400", operation="message.create", code="21211")
    unsent = f"SM{uuid4().hex}"
    send_sms(house.url, unsent, "Where are you?", customer="+14155550124")
    effect = _until_effect(unsent, "failed")
    house.twin.behave()
    house.twin.misbehave("deepgram", "drop")
    waits = _recorded(house, f"CA{uuid4().hex}")
    _until_run(waits, "waiting")
    refused = f"SM{uuid4().hex}"
    form = {"AccountSid": ACCOUNT_SID, "MessageSid": refused, "From": CUSTOMER, "To": "+14155550199", "Body": "hello", "NumMedia": "0"}
    assert (
        requests.post(f"{house.url}/webhooks/twilio/sms", data=form, headers={"X-Twilio-Signature": "wrong"}, timeout=30).status_code == 403
    )
    until(lambda: rows("SELECT 1 AS one FROM quarantine"), "a sample of the refused delivery is kept")
    return {
        "finished": finished, "message": message, "talk": talk, "failed": "broken", "unsent": unsent, "effect": effect, "waits": waits,
        "refused": refused,
    }  # fmt: skip


def _commands(ids: Mapping[str, str]) -> list[str]:
    asked = [f"why {name} --org test" for name in ids.values()]
    asked += [f"history {ids[which]} --org test" for which in ("finished", "message", "failed", "unsent", "waits")]
    listed = ("parked --org test", "batches --org test", "diff again --org test --show-words", "explain-signature --list")
    return [*asked, *listed, "status", "status --org test", "invariants"]


def _answers(house: WholeHouse, organization: OrganizationRow, ids: Mapping[str, str]) -> dict[str, object]:
    """All that a person, a customer and Prometheus are told."""
    transcripts = [str(found["id"]) for found in rows("SELECT id FROM transcripts ORDER BY id")]
    conversations = [str(found["id"]) for found in rows("SELECT id FROM conversations ORDER BY id")]
    paths = [*(f"/v1/transcripts/{name}" for name in transcripts), *(f"/v1/conversations/{name}" for name in conversations)]
    figures = sorted(line for line in house.metrics() if not line.startswith(OF_NOW))
    assert len(figures) > 20
    typed = {line: OF_THE_MOMENT.sub("…", told) for line, told in house.type(*_commands(ids)).items()}
    return {**typed, **house.read(organization.id, "/v1/transcripts?limit=50", f"/v1/calls/{ids['talk']}", *paths), "metrics": figures}


@pytest.mark.timeout(900)
def test_every_answer_is_there_again_when_everything_but_postgresql_was_restarted(house: WholeHouse, organization: OrganizationRow) -> None:
    ids = _played(house, organization)
    before, shown = _answers(house, organization, ids), house.flower()

    house.restart()

    after, again = _answers(house, organization, ids), house.flower()
    for question, answer in before.items():
        assert after[question] == answer, question
    assert len(shown) > len(ids)
    assert {uuid: _linked(again[uuid]) for uuid in shown} == {uuid: _linked(task) for uuid, task in shown.items()}


def _linked(task: dict[str, object]) -> dict[str, object]:
    """A task of Flower's, but for its list of children, which Flower forgets: each child still names its parent and root."""
    return {name: value for name, value in task.items() if name != "children"}
