"""A document whose form nobody knows is kept, told of with what to do, and read again by a release that can."""

import json
from uuid import UUID

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from db.events import fetch_body, store_callback, store_words
from db.tables.organizations import OrganizationRow
from domain.chain import Source
from domain.deliveries import ConversationSeed, TranscriptSeed
from domain.diagnosis.finding import Weight
from domain.speech import Channel
from domain.statuses import UNKNOWN_SHAPE, TranscriptStatus
from tasks.commands.replay import replay
from tasks.commands.retry import retry
from tasks.commands.why import why
from tasks.doctor import work
from tests.support import chain, payloads
from tests.support.deepgram import call_back, intake
from tests.support.invariants import assert_they_hold
from tests.support.recording_house import RecordingHouse, document
from tests.support.stored import count, row, rows

STRANGE = b'{"answer": []}'


def _replayed(name: object, *, exits: int = 0) -> str:
    result = CliRunner().invoke(replay, [str(name), "--org", "test"])
    assert result.exit_code == exits, result.output
    return result.output


def _kept(organization: OrganizationRow, body: bytes, transcript: UUID | None = None) -> UUID:
    """As a front keeps what its release does not know: what nobody asked for, or the answer to a job."""
    delivery = chain.envelope("callback_failed", "request-1", body, provider="deepgram")
    if transcript:
        stored = store_callback(organization.id, delivery, transcript, TranscriptStatus.FAILED, UNKNOWN_SHAPE)
    else:
        said = TranscriptSeed(Source.DEEPGRAM, "request-1", TranscriptStatus.FAILED, opens_run=False, reason=UNKNOWN_SHAPE)
        stored = store_words(organization.id, delivery, ConversationSeed("deepgram", "request-1", Channel.VOICE), said)
    assert stored
    return stored.event_id


def test_why_says_where_to_look_and_what_reads_it(client: FlaskClient, organization: OrganizationRow) -> None:
    assert call_back(client, intake(organization.id), STRANGE).status_code == 200
    event = row("SELECT id, subject, trace_id FROM webhook_events")
    for name in (event["id"], event["subject"], event["trace_id"]):
        result = CliRunner().invoke(why, [str(name), "--org", "test", "--json"])
        told = json.loads(result.output)
        assert (result.exit_code, told["code"]) == (1, "unknown_shape")
        assert f"GET /v1/events/{event['id']}/body" in told["fix"]
        assert "intake-url --rotate" in told["fix"]
        assert told["command"] == f"celery -A tasks replay {event['id']} --org test"


def test_doctor_warns_with_how_many_and_the_newest(client: FlaskClient, organization: OrganizationRow) -> None:
    for body in (STRANGE, b"[]"):
        call_back(client, intake(organization.id), body)
    event = row("SELECT id, subject, trace_id FROM webhook_events ORDER BY id DESC LIMIT 1")
    [finding] = work.look()
    assert (finding.code, finding.weight) == ("unknown_shape", Weight.WARNING)
    assert finding.sentence.startswith("2 documents")
    assert finding.evidence == (f"the newest is event {event['id']}: request {event['subject']}, trace {event['trace_id']}",)
    assert (finding.fix or "").endswith(f"celery -A tasks why {event['id']} --org test")


def test_doctor_says_nothing_of_what_the_vendor_called_an_error_and_of_what_is_a_day_old(
    client: FlaskClient, organization: OrganizationRow
) -> None:
    call_back(client, intake(organization.id), payloads.deepgram("error"))
    call_back(client, intake(organization.id), STRANGE)
    yesterday = "0190aaaa-0000-7000-8000-000000000000"
    rows("UPDATE webhook_events SET id = %s WHERE subject NOT LIKE '%%-%%' RETURNING id", yesterday)
    assert work.look() == []


def test_a_release_that_can_read_it_enters_its_words(organization: OrganizationRow) -> None:
    event = _kept(organization, payloads.deepgram("short"))
    assert "this release can read it" in _replayed(event)
    assert row("SELECT status, status_reason FROM transcripts") == {"status": "completed", "status_reason": None}
    claimed = chain.claim(UUID(str(row("SELECT id FROM runs")["id"])))
    assert fetch_body(organization.id, claimed.transcript_id, ("callback",)) == payloads.deepgram("short"), "its words are found"
    assert_they_hold()
    assert "this release can read it" not in _replayed(event)
    assert (count("runs"), count("webhook_events")) == (1, 1)


@pytest.mark.parametrize("body", [STRANGE, payloads.deepgram("error"), payloads.deepgram("short")])
def test_what_cannot_be_read_or_is_not_kept_any_more_stays_as_it_is(organization: OrganizationRow, body: bytes) -> None:
    event = _kept(organization, body)
    if body == payloads.deepgram("short"):
        rows("UPDATE webhook_events SET body = '' RETURNING id")
    assert "nothing had to be done" in _replayed(event)
    assert row("SELECT status, status_reason FROM transcripts") == {"status": "failed", "status_reason": UNKNOWN_SHAPE}
    assert count("runs") == 0


def test_the_answer_to_a_job_is_read_again_and_not_paid_again(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    house = RecordingHouse(organization, monkeypatch)
    house.work()
    event = _kept(organization, document("hello"), house.transcript_id)
    assert house.run() == ("dead", "transcribe", "transcription:failed")
    told = json.loads(CliRunner().invoke(why, [str(house.run_id), "--org", "test", "--json"]).output)
    assert (told["code"], told["command"]) == ("unknown_shape", f"celery -A tasks replay {event} --org test")
    output = _replayed(event, exits=1)
    again = f"celery -A tasks retry {house.run_id} --from transcribe --org test"
    assert "this release can read it" in output
    assert again in output
    assert CliRunner().invoke(retry, again.split()[4:]).exit_code == 0
    assert house.work() == "done"
    assert house.heard() == ["hello"]
    assert house.submissions() == [1]
