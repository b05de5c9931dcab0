"""Conversational Intelligence tells us something in JSON: kept as it came, once; nothing is started."""

import hashlib
import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db.bodies import unpack
from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.signing import AUTH_TOKEN, PUBLIC_BASE_URL, twilio_signature
from tests.support.stored import count, row

PATH = "/webhooks/twilio/intelligence"
BODY = payloads.twilio("intelligence_json").body


def notice(**values: object) -> bytes:
    told: dict[str, Any] = json.loads(BODY)
    return json.dumps({name: value for name, value in (told | values).items() if value is not None}).encode()


def post(client: FlaskClient, body: bytes, signed: bytes | None = None, content_type: str = "application/json") -> TestResponse:
    """Post JSON as Twilio does: the URL carries the body's hash, and is signed."""
    path = f"{PATH}?bodySHA256={hashlib.sha256(body if signed is None else signed).hexdigest()}"
    signature = twilio_signature(PUBLIC_BASE_URL + path, (), AUTH_TOKEN)
    return client.post(path, data=body, headers={"X-Twilio-Signature": signature, "Content-Type": content_type})


def test_a_notice_is_kept_byte_for_byte_and_starts_nothing(client: FlaskClient, organization: OrganizationRow) -> None:
    answers = [post(client, BODY), post(client, BODY, content_type="application/json; charset=utf-8")]

    assert [(answer.status_code, answer.data) for answer in answers] == [(204, b"")] * 2
    event = row("SELECT * FROM webhook_events")
    transcript = "GT" + "5" * 32
    assert (event["kind"], event["subject"], event["dedupe_key"]) == (
        "intelligence",
        transcript,
        f"{transcript}:voice_intelligence_transcript_available",
    )
    assert unpack(bytes(event["body"])) == BODY
    assert event["duplicate_count"] == 1
    assert (event["conversation_id"], count("transcripts"), count("runs")) == (None, 0, 0)


def test_each_event_of_a_transcript_is_one(client: FlaskClient, organization: OrganizationRow) -> None:
    for name in ("one", "two"):
        assert post(client, notice(event_type=name, customer_key=None, new_thing={"a": [1]})).status_code == 204
    assert count("webhook_events") == 2


def test_a_body_that_was_changed_on_its_way_is_refused(client: FlaskClient, organization: OrganizationRow) -> None:
    assert post(client, BODY + b" ", signed=BODY).status_code == 403
    assert count("webhook_events") == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transcript_sid", None),
        ("transcript_sid", "GT1"),
        ("transcript_sid", {"a": 1}),
        ("service_sid", None),
        ("event_type", None),
        ("event_type", 7),
        ("event_type", "a" * 101),
        ("event_type", "with words"),
        ("event_type", "nul\0"),
    ],
)
def test_impossible_field_is_named_and_nothing_is_stored(
    client: FlaskClient, organization: OrganizationRow, field: str, value: object
) -> None:
    answer = post(client, notice(**{field: value}))

    assert answer.status_code == 400
    assert answer.json is not None
    assert list(answer.json["errors"]) == [field]
    assert count("webhook_events") == 0


@pytest.mark.parametrize("body", [b'{"account_sid": "%s", "a": "\xff"}', b'{"account_sid": "%s", "a": ' + b"[" * 200 + b"]" * 200 + b"}"])
def test_odd_json_is_no_crash(client: FlaskClient, organization: OrganizationRow, body: bytes) -> None:
    told = body.replace(b"%s", b"ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1")

    assert post(client, told).status_code == 400
    assert count("webhook_events") == 0
