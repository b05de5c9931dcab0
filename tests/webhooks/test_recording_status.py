"""A recording that is there opens a run; one that never will be fails the transcript, and no run."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.signing import changed, post_as_twilio
from tests.support.stored import count, row

PATH = "/webhooks/twilio/recording-status"
COMPLETED = payloads.twilio("recording_completed_dual").fields or ()


def test_completed_recording_opens_one_run(client: FlaskClient, organization: OrganizationRow) -> None:
    answer = post_as_twilio(client, PATH, COMPLETED)

    assert (answer.status_code, answer.data) == (204, b"")
    transcript = row("SELECT * FROM transcripts")
    assert (transcript["source"], transcript["source_ref"]) == ("twilio_recording", "RE" + "2" * 32)
    assert (transcript["status"], transcript["processing_status"]) == ("pending", "pending")
    assert (transcript["duration_ms"], transcript["channels"]) == (3_601_000, 2)
    assert row("SELECT stage, state, purpose FROM runs") == {"stage": "transcribe", "state": "ready", "purpose": "live"}


def test_repeated_recording_status_opens_no_second_run(client: FlaskClient, organization: OrganizationRow) -> None:
    for _ in range(3):
        assert post_as_twilio(client, PATH, COMPLETED).status_code == 204

    assert (count("webhook_events"), count("transcripts"), count("runs")) == (1, 1, 1)


@pytest.mark.parametrize("status", ["absent", "failed"])
def test_recording_that_never_comes_fails_the_transcript_and_opens_no_run(
    client: FlaskClient, organization: OrganizationRow, status: str
) -> None:
    form = changed(payloads.twilio("recording_absent").fields or (), RecordingStatus=status)
    assert post_as_twilio(client, PATH, form).status_code == 204

    transcript = row("SELECT status, status_reason, processing_status FROM transcripts")
    assert transcript == {"status": "failed", "status_reason": f"recording_{status}", "processing_status": "pending"}
    assert count("runs") == 0


def test_recording_in_progress_is_only_written_down(client: FlaskClient, organization: OrganizationRow) -> None:
    form = changed(COMPLETED, RecordingStatus="in-progress", RecordingDuration="-1")
    assert post_as_twilio(client, PATH, form).status_code == 204

    assert (count("webhook_events"), count("conversations"), count("transcripts")) == (1, 1, 0)


def test_recording_that_overtakes_the_calls_own_events_joins_the_same_call(client: FlaskClient, organization: OrganizationRow) -> None:
    post_as_twilio(client, PATH, COMPLETED)
    post_as_twilio(client, "/webhooks/twilio/call-status", payloads.twilio("status_completed").fields or ())
    post_as_twilio(client, "/webhooks/twilio/call-status", payloads.twilio("status_ringing").fields or ())

    call = row("SELECT status, turns FROM conversations")
    assert call == {"status": "completed", "turns": 1}


def test_unknown_duration_is_no_duration(client: FlaskClient, organization: OrganizationRow) -> None:
    post_as_twilio(client, PATH, changed(COMPLETED, RecordingDuration="-1", RecordingChannels=""))

    assert row("SELECT duration_ms, channels FROM transcripts") == {"duration_ms": None, "channels": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("RecordingSid", None),
        ("RecordingSid", "RE1"),
        ("CallSid", ""),
        ("RecordingStatus", "lost"),
        ("RecordingDuration", "-2"),
        ("RecordingDuration", str(2**31)),
        ("RecordingChannels", "3"),
    ],
)
def test_impossible_field_is_named(client: FlaskClient, organization: OrganizationRow, field: str, value: str | None) -> None:
    answer = post_as_twilio(client, PATH, changed(COMPLETED, **{field: value}))

    assert answer.status_code == 400
    assert answer.json is not None
    assert list(answer.json["errors"]) == [field]


def test_recording_url_of_the_payload_is_not_taken_over(app: Flask, organization: OrganizationRow) -> None:
    form = changed(COMPLETED, RecordingUrl="https://evil.example/RE")
    assert post_as_twilio(app.test_client(), PATH, form).status_code == 204

    assert "evil" not in str(row("SELECT t.*, c.*, r.* FROM transcripts t, conversations c, runs r"))
