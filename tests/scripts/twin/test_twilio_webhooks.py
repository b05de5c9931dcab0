"""Webhooks over real sockets: what is in them, that the SDK accepts the signature, when they are repeated."""

import pytest
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from scripts.twin import config
from scripts.twin.client import TwinClient
from scripts.twin.twilio.webhooks import overrides, signature, signed_url
from tests.scripts.twin.receiver import Received, Receiver

CALL_STATUS = "/webhooks/twilio/call-status"


def _is_signed(request: Received, base_url: str) -> bool:
    validator = RequestValidator(config.AUTH_TOKEN)
    return bool(validator.validate(base_url + request.target, request.form, request.headers["X-Twilio-Signature"]))


def _statuses(requests: list[Received]) -> list[str]:
    return sorted(request.form["CallStatus"] for request in requests if "CallStatus" in request.form)


def test_a_played_call_rings_is_answered_ends_and_was_recorded(t: TwinClient, receiver: Receiver) -> None:
    played = t.play_call(receiver.url, duration_s=7)
    came = receiver.wait_for(4)
    assert all(_is_signed(request, receiver.url) for request in came)
    assert _statuses(came) == ["completed", "in-progress", "ringing"]
    assert {request.form["CallSid"] for request in came} == {played.call_sid}
    [recording] = [request for request in came if request.target == "/webhooks/twilio/recording-status"]
    assert recording.form["RecordingSid"] == played.recording_sid
    assert (recording.form["RecordingDuration"], recording.form["RecordingChannels"]) == ("7", "2")


def test_sequence_numbers_tell_the_order_that_the_network_does_not(t: TwinClient, receiver: Receiver) -> None:
    t.speed(1_000_000)
    sid = t.play_call(receiver.url, recording="none").call_sid
    order = {request.form["SequenceNumber"]: request.form["CallStatus"] for request in receiver.wait_for(3)}
    assert order == {"0": "ringing", "1": "in-progress", "2": "completed"}
    assert t.call(sid)["status"] == "completed"


def test_a_busy_call_leaves_no_recording(t: TwinClient, receiver: Receiver) -> None:
    assert t.play_call(receiver.url, ends_as="busy").recording_sid is None
    assert _statuses(receiver.wait_for(2)) == ["busy", "ringing"]


def test_a_held_call_ends_when_it_is_told_to(t: TwinClient, receiver: Receiver) -> None:
    sid = t.play_call(receiver.url, hold=True, recording="none").call_sid
    assert _statuses(receiver.wait_for(2)) == ["in-progress", "ringing"]
    t.end_call(sid)
    assert _statuses(receiver.wait_for(3)) == ["completed", "in-progress", "ringing"]


def test_a_message_that_comes_in_is_signed_with_its_blanks_and_emoji(t: TwinClient, receiver: Receiver) -> None:
    sid = t.play_message(receiver.url, body="Öppnar ni imorgon? 😀")
    [request] = receiver.wait_for(1)
    assert request.target == "/webhooks/twilio/sms"
    assert (request.form["MessageSid"], request.form["Body"], request.form["FromCity"]) == (sid, "Öppnar ni imorgon? 😀", "")
    assert _is_signed(request, receiver.url)


def test_whoever_asked_is_told_that_a_message_was_sent_and_delivered(twilio: Client, receiver: Receiver) -> None:
    url = f"{receiver.url}/webhooks/twilio/message-status?op=7"
    sid = twilio.messages.create(to="+14155550142", from_="+14155550100", body="hello", status_callback=url).sid
    came = receiver.wait_for(2)
    assert all(_is_signed(request, receiver.url) and request.target.endswith("?op=7") for request in came)
    assert {(request.form["MessageSid"], request.form["MessageStatus"]) for request in came} == {(sid, "sent"), (sid, "delivered")}


def test_what_is_signed_is_the_public_url_and_what_is_called_the_local_one(t: TwinClient, receiver: Receiver) -> None:
    t.route("https://hookline.example", receiver.url)
    t.play_message("https://hookline.example")
    [request] = receiver.wait_for(1)
    assert request.headers["Host"] == "hookline.example"
    assert _is_signed(request, "https://hookline.example")


def test_the_fragment_is_neither_sent_nor_signed(t: TwinClient, receiver: Receiver) -> None:
    t.play_message(receiver.url, fragment="rc=3&rp=5xx")
    [request] = receiver.wait_for(1)
    assert request.target == "/webhooks/twilio/sms"
    assert _is_signed(request, receiver.url)


def _attempts(t: TwinClient, sid: str) -> list[str]:
    """The tries at one message within a minute of the twin's time."""
    t.speed(1_000)
    t.pass_time(60)
    return [entry.about["attempt"] for entry in t.log(operation="webhook.sms") if entry.about["MessageSid"] == sid]


def test_by_default_an_error_is_not_repeated(t: TwinClient, receiver: Receiver) -> None:
    receiver.answers.append(500)
    assert _attempts(t, t.play_message(receiver.url)) == ["1"]


def test_the_fragment_asks_for_tries_after_errors_under_one_idempotency_token(t: TwinClient, receiver: Receiver) -> None:
    receiver.answers.extend([503, 503])
    t.play_message(receiver.url, fragment="rc=3&rp=5xx,ct,rt")
    came = receiver.wait_for(3)
    assert len({request.headers["I-Twilio-Idempotency-Token"] for request in came}) == 1
    assert [entry.status for entry in t.wait_for(3, operation="webhook.sms")] == [503, 503, 200]


@pytest.mark.parametrize(("fragment", "attempts"), [("rc=2&rp=5xx", ["1", "2", "3"]), ("rc=0&rp=5xx", ["1"]), ("rc=2&rp=4xx", ["1"])])
def test_tries_end(t: TwinClient, receiver: Receiver, fragment: str, attempts: list[str]) -> None:
    receiver.answers.extend([500] * 9)
    sid = t.play_message(receiver.url, fragment=fragment)
    receiver.wait_for(len(attempts))
    assert _attempts(t, sid) == attempts


def test_a_lost_connection_is_tried_once_more_by_default(t: TwinClient) -> None:
    t.play_message("http://127.0.0.1:1")
    assert [(entry.status, entry.about["fault"]) for entry in t.wait_for(2, operation="webhook.sms")] == [(None, "ct")] * 2


def test_a_lost_connection_is_not_tried_again_if_the_fragment_asks_for_something_else(t: TwinClient) -> None:
    sid = t.play_message("http://127.0.0.1:1", fragment="rc=3&rp=5xx")
    t.wait_for(1, operation="webhook.sms")
    assert _attempts(t, sid) == ["1"]


def test_a_late_answer_is_repeated_if_the_fragment_asks_for_it(t: TwinClient, receiver: Receiver) -> None:
    with receiver.busy:
        t.play_message(receiver.url, fragment="rc=1&rp=rt&rt=100")
        tries = t.wait_for(2, operation="webhook.sms")
    assert [entry.about["fault"] for entry in tries] == ["rt", "rt"]


def test_nothing_leaves_this_machine(t: TwinClient, twilio: Client) -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        t.play_message("https://hookline.example")
    twilio.messages.create(to="+14155550142", from_="+14155550100", body="hello", status_callback="https://hookline.example/status")
    assert {(entry.status, entry.about["fault"]) for entry in t.wait_for(2, operation="webhook.message_status")} == {(None, "refused")}


@pytest.mark.parametrize(
    ("url", "is_voice", "signed"),
    [
        ("https://u:p@h.example/x?a=1", False, "https://h.example/x?a=1"),
        ("https://h.example:8443/x", False, "https://h.example:8443/x"),
        ("https://h.example:8443/x", True, "https://h.example/x"),
        ("http://h.example:8080/x", True, "http://h.example:8080/x"),
    ],
)
def test_userinfo_is_never_signed_and_a_port_not_for_voice_over_https(url: str, is_voice: bool, signed: str) -> None:  # noqa: FBT001 - a case
    assert signed_url(url, is_voice=is_voice) == signed


def test_the_signature_is_that_of_twilios_own_example() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    assert signature("https://example.com/myapp.php?foo=1&bar=2", fields, "12345") == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_the_fragment_sets_tries_reasons_and_timeouts() -> None:
    asked = overrides("https://h.example/x#rc=9&rp=all&ct=200&rt=3000&tt=2000")
    assert (asked.tries, asked.timeout_s) == (5, (0.2, 2.0))
    assert asked.on >= {"4xx", "5xx", "ct", "rt"}
