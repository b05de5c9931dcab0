"""What a webhook costs the database: one message and its answer, whoever sends it and whatever it brings."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tests.support import chain, payloads, visits
from tests.support.deepgram import call_back, intake, job
from tests.support.signing import changed, post_as_twilio

Sender = Callable[[FlaskClient, OrganizationRow, int], int]


def _form(path: str, sample: str, **key: str) -> Sender:
    def send(client: FlaskClient, _: OrganizationRow, number: int) -> int:
        values = {name: value.format(number) for name, value in key.items()}
        return post_as_twilio(client, f"/webhooks/twilio/{path}", changed(payloads.twilio(sample).fields or (), **values)).status_code

    return send


def _intake(client: FlaskClient, organization: OrganizationRow, number: int) -> int:
    body = payloads.keyed(payloads.hour_of_speech(50), f"00000000-0000-4000-8000-{number:012d}")
    return call_back(client, intake(organization.id), body).status_code


def _job(client: FlaskClient, organization: OrganizationRow, number: int) -> int:
    stored = chain.store_recording(organization.id, f"RE{number}")
    assert stored.transcript_id
    return call_back(client, job(organization.id, stored.transcript_id), payloads.deepgram("short")).status_code


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(_form("sms", "sms_incoming", MessageSid="SM{:032d}"), id="sms"),
        pytest.param(_form("recording-status", "recording_completed_dual", RecordingSid="RE{:032d}"), id="recording"),
        pytest.param(_form("call-status", "status_completed", CallSid="CA{:032d}"), id="call"),
        pytest.param(_form("message-status", "message_delivered", MessageSid="SM{:032d}"), id="message"),
        pytest.param(_form("voice", "voice_incoming", CallSid="CA{:032d}"), id="voice"),
        pytest.param(_form("gather?turn=1", "gather_speech", CallSid="CA{:032d}"), id="turn"),
        pytest.param(_form("gather?turn=1", "gather_empty", CallSid="CA{:032d}"), id="silence"),
        pytest.param(_form("gather-partial?turn=1", "gather_partial", CallSid="CA{:032d}"), id="partial"),
        pytest.param(_form("turn?turn=1&waited=1", "gather_speech", CallSid="CA{:032d}"), id="redirect"),
        pytest.param(_form("transcription", "rtt_content_final", TranscriptionSid="GT{:032d}"), id="transcription"),
        pytest.param(_intake, id="words"),
    ],
)
def test_a_webhook_is_one_visit(client: FlaskClient, organization: OrganizationRow, send: Sender) -> None:
    """The first on a connection has the statement planned, and finds the tenant."""
    assert send(client, organization, 1) < 300
    with visits.counted() as seen:
        assert send(client, organization, 2) < 300
    assert len(seen) == 1


def test_words_that_were_asked_for_are_one_visit(client: FlaskClient, organization: OrganizationRow) -> None:
    assert _job(client, organization, 1) == 200
    stored = chain.store_recording(organization.id, "RE2")
    assert stored.transcript_id
    with visits.counted() as seen:
        assert call_back(client, job(organization.id, stored.transcript_id), payloads.deepgram("short")).status_code == 200
    assert len(seen) == 1
