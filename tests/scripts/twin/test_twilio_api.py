"""Twilio's REST API through its own SDK, and its media through a plain client."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from scripts.twin import config
from scripts.twin.client import TwinClient
from scripts.twin.sound import probe, tone
from tests.scripts.twin.conftest import Loopback

OURS, THEIRS = "+14155550100", "+14155550142"
NOBODY = "http://127.0.0.1:1"


def _media(t: TwinClient, sid: str, ending: str = "", token: str = config.AUTH_TOKEN, name: str = config.ACCOUNT_SID) -> requests.Response:
    url = f"{t.url}/2010-04-01/Accounts/{config.ACCOUNT_SID}/Recordings/{sid}{ending}"
    return requests.get(url, auth=(name, token), timeout=10)


def test_a_message_is_queued_and_then_delivered(t: TwinClient, twilio: Client) -> None:
    message = twilio.messages.create(to=THEIRS, from_=OURS, body="hello")
    assert (message.status, message.body, message.date_sent) == ("queued", "hello", None)
    while (found := twilio.messages(str(message.sid)).fetch()).status != "delivered":
        assert found.status in {"queued", "sent"}
    assert found.date_sent is not None
    assert [entry.paid for entry in t.log(operation="message.create")] == [True]


def test_messages_are_listed_by_receiver_sender_and_day(twilio: Client) -> None:
    sid = twilio.messages.create(to=THEIRS, from_=OURS, body="one").sid
    twilio.messages.create(to="+14155550143", from_=OURS, body="two")
    now = datetime.now(UTC)
    assert [found.sid for found in twilio.messages.list(to=THEIRS, from_=OURS)] == [sid]
    assert len(twilio.messages.list(date_sent_after=now - timedelta(minutes=1))) == 2
    assert twilio.messages.list(date_sent_before=now - timedelta(minutes=1)) == []
    assert len(twilio.messages.list(date_sent=now.date())) == 2


def test_what_was_long_ago_is_listed_so(t: TwinClient, twilio: Client) -> None:
    hour = timedelta(hours=1)
    ago = datetime.now(UTC) - hour
    recent, old = (t.play_message(NOBODY, age_s=age) for age in (0, 3_600))
    assert [found.sid for found in twilio.messages.list()] == [recent, old]
    assert abs(twilio.messages(old).fetch().date_created - ago) < hour / 6
    played = t.play_call(NOBODY, age_s=3_600)
    assert abs(twilio.calls(played.call_sid).fetch().start_time - ago) < hour / 6
    assert abs(twilio.recordings(str(played.recording_sid)).fetch().date_created - ago) < hour / 6


def test_a_call_is_read_with_both_numbers_and_how_it_ended(t: TwinClient, twilio: Client) -> None:
    sid = t.play_call(NOBODY, duration_s=7).call_sid
    t.wait_for(1, operation="webhook.recording_status")
    found = twilio.calls(sid).fetch()
    assert (found._from, found.to, found.direction, found.status, found.duration) == (THEIRS, OURS, "inbound", "completed", "7")


def test_a_long_list_comes_in_pages(t: TwinClient, twilio: Client) -> None:
    sids = [twilio.messages.create(to=THEIRS, from_=OURS, body=str(number)).sid for number in range(5)]
    assert [found.sid for found in twilio.messages.list(page_size=2)] == sids[::-1]
    assert len(t.log(operation="message.list")) == 3


@pytest.mark.parametrize(("to", "code"), [("+15005550004", 21610), ("+15005550001", 21211)])
def test_twilios_test_numbers_refuse_a_message(t: TwinClient, twilio: Client, to: str, code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to=to, from_=OURS, body="hello")
    assert (refused.value.status, refused.value.code) == (400, code)
    assert [entry.paid for entry in t.log(operation="message.create")] == [False]


def test_a_message_needs_words(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to=THEIRS, from_=OURS)
    assert refused.value.code == 21602


def test_an_unknown_message_is_not_found(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages("SM" + "0" * 32).fetch()
    assert (refused.value.status, refused.value.code) == (404, 20404)


def test_a_wrong_token_is_refused(t: TwinClient) -> None:
    stranger = Client(config.ACCOUNT_SID, "wrong", http_client=Loopback(t.url))
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to=THEIRS, from_=OURS, body="hello")
    assert (refused.value.status, refused.value.code) == (401, 20003)
    assert [(entry.status, entry.paid) for entry in t.log()] == [(401, False)]


def test_another_account_is_refused(t: TwinClient) -> None:
    stranger = Client("AC" + "9" * 32, config.AUTH_TOKEN, http_client=Loopback(t.url))
    # a list that cannot be fetched raises the SDK's base class, and only its arguments tell the status
    with pytest.raises(TwilioException) as refused:
        stranger.recordings.list()
    assert refused.value.args[1].status_code == 401


def test_a_recording_is_fetched_byte_for_byte(t: TwinClient) -> None:
    audio = tone(0.5)
    answer = _media(t, t.add_recording(audio), ".wav?RequestedChannels=2")
    assert (answer.headers["Content-Type"], answer.content == audio) == ("audio/x-wav", True)


def test_two_channels_are_mixed_into_one_on_request(t: TwinClient) -> None:
    sound = probe(_media(t, t.add_recording(tone(0.5)), ".wav?RequestedChannels=1").content)
    assert (sound.channels, sound.seconds) == (1, 0.5)


def test_a_mono_recording_has_no_second_channel(t: TwinClient) -> None:
    sid = t.add_recording(tone(0.5, channels=1))
    assert _media(t, sid, "?RequestedChannels=2").status_code == 400
    assert _media(t, sid, "?RequestedChannels=1").status_code == 200


def test_a_recording_is_served_as_mp3_too(t: TwinClient) -> None:
    answer = _media(t, t.add_recording(tone(2)), ".mp3")
    assert (answer.headers["Content-Type"], answer.content[:2]) == ("audio/mpeg", b"\xff\xf3")


@pytest.mark.parametrize("told", [{"token": "wrong"}, {"name": "AC" + "9" * 32}])
def test_media_is_for_the_owner(t: TwinClient, told: dict[str, str]) -> None:
    answer = _media(t, t.add_recording(tone(0.5)), **told)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_a_recording_is_read_and_listed_by_call(t: TwinClient, twilio: Client) -> None:
    sid = t.add_recording(tone(2), call="CA" + "1" * 32)
    t.add_recording(tone(2), call="CA" + "2" * 32)
    read = twilio.recordings(sid).fetch()
    assert (read.channels, read.duration, read.status) == (2, "2", "completed")
    assert [found.sid for found in twilio.recordings.list(call_sid="CA" + "1" * 32)] == [sid]


def test_a_recording_under_way_has_no_media_yet(t: TwinClient) -> None:
    played = t.play_call(NOBODY, hold=True)
    assert _media(t, str(played.recording_sid)).status_code == 404


def test_a_live_call_takes_new_twiml(t: TwinClient, twilio: Client) -> None:
    sid = t.play_call(NOBODY, hold=True).call_sid
    t.wait_for(2, operation="webhook.call_status")
    assert twilio.calls(sid).update(twiml="<Response><Say>hi</Say></Response>").status == "in-progress"
    assert t.call(sid)["twiml"] == ["<Response><Say>hi</Say></Response>"]
    assert [found.sid for found in twilio.calls.list(status="in-progress")] == [sid]


def test_a_call_that_is_not_in_progress_takes_no_twiml(t: TwinClient, twilio: Client) -> None:
    sid = t.play_call(NOBODY, ends_as="busy").call_sid
    t.wait_for(2, operation="webhook.call_status")
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls(sid).update(twiml="<Response/>")
    assert (refused.value.status, refused.value.code) == (400, 21220)


def test_an_unknown_call_is_not_found(twilio: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls("CA" + "0" * 32).update(twiml="<Response/>")
    assert refused.value.status == 404
