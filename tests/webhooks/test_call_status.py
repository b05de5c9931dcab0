"""How a call is going: written down once each, whatever the order it comes in."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tests.support import payloads
from tests.support.signing import changed, post_as_twilio
from tests.support.stored import awaited, count, row

PATH = "/webhooks/twilio/call-status"
LIFE = ["status_initiated", "status_ringing", "status_answered", "status_completed"]


def fields(name: str, **values: str | None) -> list[tuple[str, str]]:
    return changed(payloads.twilio(name).fields or (), **values)


@pytest.mark.parametrize("path", [PATH, "/status-callback"])
def test_call_status_is_answered_204_and_moves_the_call(client: FlaskClient, organization: OrganizationRow, path: str) -> None:
    answer = post_as_twilio(client, path, fields("status_completed"))

    assert (answer.status_code, answer.data) == (204, b"")
    call = row("SELECT * FROM conversations")
    assert (call["status"], call["channel"], call["provider_ref"]) == ("completed", "voice", "CA" + "1" * 32)
    assert (call["duration_seconds"], call["ended"], call["direction"]) == (61, True, "outbound-api")
    assert count("transcripts") == 0


@pytest.mark.parametrize(
    ("vendor", "status", "reason"),
    [
        ("queued", "pending", None),
        ("initiated", "pending", None),
        ("ringing", "ringing", None),
        ("in-progress", "in_progress", None),
        ("completed", "completed", None),
        ("busy", "failed", "busy"),
        ("no-answer", "failed", "no_answer"),
        ("canceled", "failed", "canceled"),
        ("failed", "failed", "failed"),
    ],
)
def test_each_status_of_twilio_has_one_of_ours(
    client: FlaskClient, organization: OrganizationRow, vendor: str, status: str, reason: str | None
) -> None:
    assert post_as_twilio(client, PATH, fields("status_ringing", CallStatus=vendor)).status_code == 204

    call = row("SELECT status, status_reason FROM conversations")
    assert (call["status"], call["status_reason"]) == (status, reason)


@pytest.mark.parametrize(("direction", "ours"), [("inbound", "To"), ("outbound-api", "From"), ("outbound-dial", "From")])
def test_our_number_is_the_called_one_of_an_inbound_call(
    client: FlaskClient, organization: OrganizationRow, direction: str, ours: str
) -> None:
    form = fields("status_ringing", Direction=direction)
    post_as_twilio(client, PATH, form)

    theirs = {"To": "From", "From": "To"}[ours]
    call = row("SELECT our_number, their_number FROM conversations")
    assert (call["our_number"], call["their_number"]) == (dict(form)[ours], dict(form)[theirs])


def test_repeated_call_status_is_stored_once(client: FlaskClient, organization: OrganizationRow) -> None:
    answers = [post_as_twilio(client, PATH, fields("status_ringing"), I_Twilio_Idempotency_Token=f"token-{n}") for n in range(3)]

    assert [answer.status_code for answer in answers] == [204] * 3
    assert row("SELECT duplicate_count FROM webhook_events")["duplicate_count"] == 2


def test_call_status_repeated_at_the_same_moment_is_stored_once(app: Flask, organization: OrganizationRow) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post_as_twilio(app.test_client(), PATH, fields("status_ringing")).status_code, range(16)))

    assert set(answers) == {204}
    assert row("SELECT duplicate_count FROM webhook_events")["duplicate_count"] == 15
    assert count("conversations") == 1


@pytest.mark.parametrize("order", list(permutations(LIFE)))
def test_any_order_of_arrival_ends_in_the_same_state(client: FlaskClient, organization: OrganizationRow, order: tuple[str, ...]) -> None:
    for name in order:
        post_as_twilio(client, PATH, fields(name))

    call = row("SELECT status, sequence, vendor_status, ended FROM conversations")
    assert call == {"status": "completed", "sequence": 3, "vendor_status": "completed", "ended": True}
    assert count("webhook_events") == 4


def test_same_status_with_another_sequence_number_is_another_event(client: FlaskClient, organization: OrganizationRow) -> None:
    for number in ("1", "2"):
        post_as_twilio(client, PATH, fields("status_ringing", SequenceNumber=number))

    assert count("webhook_events") == 2


def test_number_level_callback_without_optional_fields_is_accepted(client: FlaskClient, organization: OrganizationRow) -> None:
    bare = fields("status_inbound_completed", SequenceNumber=None, CallDuration="", Direction=None, From="", To=None, Timestamp=None)

    assert post_as_twilio(client, PATH, bare).status_code == 204
    assert row("SELECT sequence, our_number FROM conversations") == {"sequence": 0, "our_number": None}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("CallSid", None),
        ("CallSid", ""),
        ("CallSid", "CA123"),
        ("CallSid", "CA" + "1" * 32 + "\n"),
        ("CallSid", "RE" + "1" * 32),
        ("CallSid", "CA" + "g" * 32),
        ("CallSid", "CA" + "1" * 10_000),
        ("CallStatus", None),
        ("CallStatus", "exploded"),
        ("SequenceNumber", "-1"),
        ("SequenceNumber", "one"),
        ("SequenceNumber", str(2**31)),
        ("SequenceNumber", "9" * 5_000),
        ("CallDuration", "1.5"),
        ("From", "+" + "1" * 300),
    ],
)
def test_impossible_field_is_named_and_nothing_is_stored(
    client: FlaskClient, organization: OrganizationRow, field: str, value: str | None
) -> None:
    answer = post_as_twilio(client, PATH, fields("status_completed", **{field: value}))

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["code"] == "invalid_fields"
    assert list(answer.json["errors"]) == [field]
    assert not value or len(value) < 5 or value not in answer.text
    assert count("webhook_events") == 0
    assert awaited("SELECT body_size FROM quarantine WHERE reason = 'invalid_fields'")["body_size"] > 100


def test_nul_characters_become_replacement_characters(client: FlaskClient, organization: OrganizationRow) -> None:
    form = fields("status_ringing", From="client:\0a\0\0b", Direction="inbound", Unknown="\0\0")

    assert post_as_twilio(client, PATH, form).status_code == 204
    assert row("SELECT their_number FROM conversations")["their_number"] == "client:\ufffda\ufffd\ufffdb"


def test_repeated_field_counts_once_and_fields_nobody_announced_are_let_through(client: FlaskClient, organization: OrganizationRow) -> None:
    form = [*fields("status_ringing"), ("CallStatus", "completed"), ("NewThing", "1"), ("NewThing", "2"), ("NewThing", "1")]

    assert post_as_twilio(client, PATH, form).status_code == 204
    assert row("SELECT status FROM conversations")["status"] == "ringing"
