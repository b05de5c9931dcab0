"""The answer to a job that we submitted: kept byte for byte, it wakes the run that waits for it, once."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import BytesIO
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db.bodies import unpack
from db.tables.conversations import TranscriptRow
from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.deepgram import call_back, job
from tests.support.factories import ConversationFactory, OrganizationFactory, RunFactory, TranscriptFactory
from tests.support.stored import awaited, count, row

BODIES = ["short", "multichannel", "empty", "unicode_multi", "intelligence"]


@pytest.fixture
def transcript(organization: OrganizationRow) -> TranscriptRow:
    """A recording that was submitted; its run waits for the answer."""
    conversation = ConversationFactory.create(organization_id=organization.id)
    waiting = TranscriptFactory.create(
        organization_id=organization.id,
        conversation_id=conversation.id,
        source="twilio_recording",
        source_ref="RE" + "2" * 32,
        status="processing",
    )
    RunFactory.create(
        organization_id=organization.id, conversation_id=conversation.id, transcript_id=waiting.id, state="waiting", waiting_for="deepgram"
    )
    return waiting


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_results_complete_the_speech_and_wake_the_run(client: FlaskClient, transcript: TranscriptRow, method: str) -> None:
    answer = call_back(client, job(transcript.organization_id, transcript.id), payloads.deepgram("short"), method)

    assert (answer.status_code, answer.json) == (200, {"status": "stored"})
    assert row("SELECT status, processing_status FROM transcripts") == {"status": "completed", "processing_status": "pending"}
    assert row("SELECT state, stage FROM runs") == {"state": "ready", "stage": "transcribe"}


def test_alias_is_the_same_door(client: FlaskClient, transcript: TranscriptRow) -> None:
    token = job(transcript.organization_id, transcript.id)
    direct = call_back(client, token, payloads.deepgram("short"))
    alias = call_back(client, token, payloads.deepgram("short"), path=direct.request.path.replace("/webhooks/deepgram/", "/callback/"))

    assert (direct.status_code, alias.status_code) == (200, 200)
    assert row("SELECT duplicate_count FROM webhook_events")["duplicate_count"] == 1


@pytest.mark.parametrize("name", BODIES)
def test_stored_bytes_are_the_sent_bytes(client: FlaskClient, transcript: TranscriptRow, name: str) -> None:
    body = payloads.deepgram(name)
    call_back(client, job(transcript.organization_id, transcript.id), body)

    event = row("SELECT body, body_sha256, body_size, kind, transcript_id FROM webhook_events")
    assert unpack(bytes(event["body"])) == body
    assert bytes(event["body_sha256"]) == sha256(body).digest()
    assert (event["body_size"], event["kind"], event["transcript_id"]) == (len(body), "callback", str(transcript.id))


def test_ten_megabytes_are_taken(client: FlaskClient, transcript: TranscriptRow) -> None:
    body = payloads.hour_of_speech(words=32_000)

    assert len(body) > 10_000_000
    assert call_back(client, job(transcript.organization_id, transcript.id), body).status_code == 200
    assert bytes(row("SELECT body_sha256 FROM webhook_events")["body_sha256"]) == sha256(body).digest()


def test_a_long_body_is_asked_of_the_server_at_once(client: FlaskClient, transcript: TranscriptRow) -> None:
    """It copies what it holds for each piece that it is asked for: in pieces of 64 KB an hour of speech was copied some twenty times."""
    body, asked = payloads.hour_of_speech(words=10_000), list[int]()

    class Connection(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(size or 0)
            return super().read(size)

    token = job(transcript.organization_id, transcript.id)
    answer = call_back(client, token, b"", data=None, input_stream=Connection(body), content_length=len(body))
    assert (answer.status_code, asked) == (200, [len(body)])
    assert bytes(row("SELECT body_sha256 FROM webhook_events")["body_sha256"]) == sha256(body).digest()


def test_credentials_are_never_kept(client: FlaskClient, transcript: TranscriptRow) -> None:
    call_back(client, job(transcript.organization_id, transcript.id), payloads.deepgram("short"), headers={"dg-token": "legacy"})

    assert set(row("SELECT headers FROM webhook_events")["headers"]) <= {"content-type", "user-agent"}


def test_repeated_callback_wakes_the_run_once(client: FlaskClient, transcript: TranscriptRow) -> None:
    token = job(transcript.organization_id, transcript.id)
    answers = [call_back(client, token, payloads.deepgram("short")).status_code for _ in range(3)]

    assert answers == [200] * 3
    assert row("SELECT duplicate_count FROM webhook_events")["duplicate_count"] == 2
    assert count("runs") == 1


def test_callback_repeated_at_the_same_moment_is_stored_once(app: Flask, transcript: TranscriptRow) -> None:
    token = job(transcript.organization_id, transcript.id)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: call_back(app.test_client(), token, payloads.deepgram("short")).status_code, range(16)))

    assert set(answers) == {200}
    assert row("SELECT duplicate_count FROM webhook_events")["duplicate_count"] == 15
    assert count("runs") == 1


def test_error_fails_the_speech_with_the_vendors_code_and_leaves_the_ai_alone(client: FlaskClient, transcript: TranscriptRow) -> None:
    answer = call_back(client, job(transcript.organization_id, transcript.id), payloads.deepgram("error"))

    assert answer.status_code == 200
    found = row("SELECT status, status_reason, processing_status FROM transcripts")
    assert found == {"status": "failed", "status_reason": "Bad Request", "processing_status": "pending"}
    assert row("SELECT state, last_error FROM runs") == {"state": "dead", "last_error": "transcription:failed"}
    assert row("SELECT kind FROM webhook_events")["kind"] == "callback_failed"


def test_words_that_come_after_an_error_count(client: FlaskClient, transcript: TranscriptRow) -> None:
    call_back(client, job(transcript.organization_id, transcript.id, 1), payloads.deepgram("error"))
    call_back(client, job(transcript.organization_id, transcript.id, 2), payloads.deepgram("short"))

    assert row("SELECT status, status_reason FROM transcripts") == {"status": "completed", "status_reason": None}
    assert row("SELECT state FROM runs")["state"] == "ready"


def test_error_that_comes_after_the_words_takes_nothing_back(client: FlaskClient, transcript: TranscriptRow) -> None:
    call_back(client, job(transcript.organization_id, transcript.id, 2), payloads.deepgram("short"))
    call_back(client, job(transcript.organization_id, transcript.id, 1), payloads.deepgram("error"))

    assert row("SELECT status, status_reason FROM transcripts") == {"status": "completed", "status_reason": None}
    assert row("SELECT state FROM runs")["state"] == "ready"
    assert count("webhook_events") == 2


@pytest.mark.parametrize("body", [b"{}", b"[]", b"5", b'"text"', b"null", b'{"results": null}', payloads.deepgram("accepted")])
def test_json_of_an_unknown_shape_is_kept_and_answered_200(client: FlaskClient, transcript: TranscriptRow, body: bytes) -> None:
    assert call_back(client, job(transcript.organization_id, transcript.id), body).status_code == 200

    assert row("SELECT status, status_reason FROM transcripts") == {"status": "failed", "status_reason": "unknown_shape"}
    assert unpack(bytes(row("SELECT body FROM webhook_events")["body"])) == body


@pytest.mark.parametrize("body", [b"", b"not json", b'{"results": {', b"\xff\xfe", b"\0" * 1_000])
def test_what_is_not_json_is_refused_and_a_sample_kept(client: FlaskClient, transcript: TranscriptRow, body: bytes) -> None:
    answer = call_back(client, job(transcript.organization_id, transcript.id), body)

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["code"] == "not_json"
    kept = awaited("SELECT body, route, provider FROM quarantine WHERE reason = 'not_json'")
    assert (bytes(kept["body"]), kept["provider"]) == (body, "deepgram")
    assert kept["route"] == "/webhooks/deepgram/<token>"
    assert count("webhook_events") == 0
    assert row("SELECT status FROM transcripts")["status"] == "processing"


def test_repeated_nul_escapes_in_the_words_are_kept_as_sent(client: FlaskClient, transcript: TranscriptRow) -> None:
    body = b'{"metadata": {"request_id": "a\\u0000\\u0000"}, "results": {"t": "\\u0000\\u0000"}, "err_code": "\\u0000"}'

    assert call_back(client, job(transcript.organization_id, transcript.id), body).status_code == 200
    event = row("SELECT subject, body FROM webhook_events")
    assert event["subject"] == sha256(body).hexdigest()
    assert unpack(bytes(event["body"])) == body


def test_without_a_request_id_the_bytes_tell_whether_it_is_the_same(client: FlaskClient, transcript: TranscriptRow) -> None:
    token = job(transcript.organization_id, transcript.id)
    for body in (b'{"results": {}}', b'{"results": {}}', b'{"results": {} }'):
        assert call_back(client, token, body).status_code == 200

    assert count("webhook_events") == 2


def test_callback_for_a_transcript_that_is_gone_is_refused(client: FlaskClient, organization: OrganizationRow) -> None:
    answer = call_back(client, job(organization.id, uuid4()), payloads.deepgram("short"))

    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["code"] == "unknown_transcript"
    assert awaited("SELECT 1 FROM quarantine WHERE reason = 'unknown_transcript'")
    assert count("webhook_events") == 0


def test_callback_cannot_reach_another_tenants_transcript(client: FlaskClient, transcript: TranscriptRow) -> None:
    other = OrganizationFactory.create()

    assert call_back(client, job(other.id, transcript.id), payloads.deepgram("short")).status_code == 403
    assert row("SELECT status FROM transcripts")["status"] == "processing"
