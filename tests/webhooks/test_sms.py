"""A text message opens a run in the thread between two numbers, and is answered at once with no words of ours."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db.bodies import unpack
from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.signing import AUTH_TOKEN, changed, post_as_twilio
from tests.support.stored import count, row, rows

PATH = "/webhooks/twilio/sms"
MESSAGE = payloads.twilio("sms_incoming").fields or ()


def sid(number: int) -> str:
    return f"SM{number:032x}"


def test_message_is_answered_with_an_empty_response_and_opens_a_run(client: FlaskClient, organization: OrganizationRow) -> None:
    answer = post_as_twilio(client, PATH, MESSAGE)

    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/xml", "<Response></Response>")
    transcript = row("SELECT source, status, processing_status, turn FROM transcripts")
    assert transcript == {"source": "sms", "status": "completed", "processing_status": "pending", "turn": 1}
    assert row("SELECT state, stage FROM runs") == {"state": "ready", "stage": "transcribe"}
    call = row("SELECT channel, status, our_number, their_number FROM conversations")
    assert call == {"channel": "sms", "status": "in_progress", "our_number": "+14155550199", "their_number": "+14155550123"}


def test_body_is_kept_byte_for_byte(client: FlaskClient, organization: OrganizationRow) -> None:
    post_as_twilio(client, PATH, MESSAGE)

    event = row("SELECT * FROM webhook_events")
    raw = unpack(bytes(event["body"]))
    assert (sha256(raw).digest(), len(raw)) == (bytes(event["body_sha256"]), event["body_size"])
    assert "Body=Hej%21+N%C3%A4r+%C3%B6ppnar" in raw.decode()
    assert (event["provider"], event["kind"], event["subject"]) == ("twilio", "sms", "SM" + "3" * 32)


def test_headers_are_kept_by_an_allow_list(client: FlaskClient, organization: OrganizationRow) -> None:
    post_as_twilio(
        client, PATH, MESSAGE, Authorization="Basic c2VjcmV0", Cookie="a=b", User_Agent="TwilioProxy/1.1", I_Twilio_Idempotency_Token="t-1"
    )

    kept = row("SELECT headers FROM webhook_events")["headers"]
    assert set(kept) == {"content-type", "user-agent", "i-twilio-idempotency-token", "x-twilio-signature"}
    assert AUTH_TOKEN not in str(kept)


def test_repeated_message_is_one_turn_and_one_run(client: FlaskClient, organization: OrganizationRow) -> None:
    for _ in range(3):
        assert post_as_twilio(client, PATH, MESSAGE).status_code == 200

    assert (count("webhook_events"), count("transcripts"), count("runs")) == (1, 1, 1)
    assert row("SELECT turns FROM conversations")["turns"] == 1


def test_message_repeated_at_the_same_moment_is_one_run(app: Flask, organization: OrganizationRow) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post_as_twilio(app.test_client(), PATH, MESSAGE).status_code, range(16)))

    assert set(answers) == {200}
    assert (count("webhook_events"), count("transcripts"), count("runs")) == (1, 1, 1)


def test_messages_between_the_same_numbers_are_turns_of_one_conversation(client: FlaskClient, organization: OrganizationRow) -> None:
    for number in range(1, 4):
        post_as_twilio(client, PATH, changed(MESSAGE, MessageSid=sid(number)))
    post_as_twilio(client, PATH, changed(MESSAGE, MessageSid=sid(9), From="+14155550177"))

    assert sorted(found["turns"] for found in rows("SELECT turns FROM conversations")) == [1, 3]
    assert count("runs") == 4


@pytest.mark.parametrize("name", ["mms_incoming", "sms_stop"])
def test_pictures_and_stop_words_are_messages_too(client: FlaskClient, organization: OrganizationRow, name: str) -> None:
    assert post_as_twilio(client, PATH, payloads.twilio(name).fields or ()).status_code == 200
    assert count("runs") == 1


@pytest.mark.parametrize("text", ["", " ", "\0" * 1_000, "\U0001f600" * 1_600, "x" * 100_000, "%00%", "</Response><Say>hi</Say>"])
def test_any_text_is_kept(client: FlaskClient, organization: OrganizationRow, text: str) -> None:
    answer = post_as_twilio(client, PATH, changed(MESSAGE, Body=text))

    assert (answer.status_code, answer.text) == (200, "<Response></Response>")
    assert count("runs") == 1


@pytest.mark.parametrize(("field", "value"), [("MessageSid", None), ("MessageSid", "SM1"), ("From", ""), ("To", None), ("To", "1" * 257)])
def test_impossible_field_is_named(client: FlaskClient, organization: OrganizationRow, field: str, value: str | None) -> None:
    answer = post_as_twilio(client, PATH, changed(MESSAGE, **{field: value}))

    assert answer.status_code == 400
    assert answer.json is not None
    assert list(answer.json["errors"]) == [field]
    assert count("webhook_events") == 0


def test_the_key_of_a_thread_tells_no_number(client: FlaskClient, organization: OrganizationRow) -> None:
    post_as_twilio(client, PATH, MESSAGE)

    reference = row("SELECT provider_ref FROM conversations")["provider_ref"]
    assert len(reference) == 64
    assert "4155550" not in reference
