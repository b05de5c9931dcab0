"""The control calls: who may make them, and what they refuse."""

import hashlib

import pytest
import requests

from scripts.twin.client import TwinClient
from scripts.twin.modes import Mode
from scripts.twin.sound import tone
from tests.scripts.twin.receiver import Receiver

NOBODY = "http://127.0.0.1:1"


def test_reset_forgets_everything(t: TwinClient, receiver: Receiver) -> None:
    t.misbehave("openai", "500")
    t.route("https://hookline.example", receiver.url)
    t.play_message(receiver.url)
    t.wait_for(1)
    t.reset()
    assert (t.log(), t.messages()) == ([], [])
    with pytest.raises(ValueError, match="not on this machine"):
        t.play_message("https://hookline.example")
    assert requests.post(f"{t.openai_url}/responses", timeout=10).status_code == 401


def test_reset_cancels_what_was_still_to_be_sent(t: TwinClient, receiver: Receiver) -> None:
    t.play_call(receiver.url, gap_s=50)
    receiver.wait_for(1)
    t.reset()
    t.speed(1_000)
    t.pass_time(60)
    t.play_message(receiver.url)
    assert [came.target for came in receiver.wait_for(2)][1] == "/webhooks/twilio/sms"


def test_the_log_tells_requests_apart_without_telling_who(t: TwinClient) -> None:
    body = b'{"model": "m", "input": "hello"}'
    headers = {"X-Request-Id": "r-7", "Authorization": "Bearer secret", "Content-Type": "application/json"}
    requests.post(f"{t.openai_url}/responses", data=body, headers=headers, timeout=10)
    [entry] = t.log(vendor="openai", direction="in")
    assert entry.headers["X-Request-Id"] == "r-7"
    assert entry.sha256 == hashlib.sha256(body).hexdigest()
    assert (entry.method, entry.path, entry.status) == ("POST", "/v1/responses", 401)
    assert "secret" not in str(entry)


def test_a_web_page_cannot_play_calls(t: TwinClient) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        answer = requests.post(f"{t.url}/_twin/messages", json={"base_url": NOBODY}, headers=headers, timeout=10)
        assert answer.status_code == 403
    assert t.messages() == []


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ({"ends_as": "exploded"}, "ends_as must be one of"),
        ({"recording": "nowhere"}, "no recording nowhere"),
        ({"account": "AC1"}, "no account AC1"),
        ({"colour": "red"}, "unknown: colour"),
    ],
)
def test_a_call_that_cannot_be_played_is_refused_with_the_reason(t: TwinClient, plan: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        t.play_call(NOBODY, **plan)


def test_what_is_missing_is_named(t: TwinClient) -> None:
    refused = requests.post(f"{t.url}/_twin/messages", json={"body": "Are you open?"}, timeout=10)
    assert (refused.status_code, refused.json()["error"]) == (400, "missing: base_url; base_url is the address of the web process")


def test_an_added_recording_is_what_a_call_leaves(t: TwinClient, receiver: Receiver) -> None:
    audio = tone(3, channels=1)
    t.play_call(receiver.url, recording=t.add_recording(audio), recording_duration_s=36_000)
    [told] = [came.form for came in receiver.wait_for(4) if "RecordingSid" in came.form]
    assert (told["RecordingChannels"], told["RecordingDuration"]) == ("1", "36000")


def test_only_sounds_can_be_recordings(t: TwinClient) -> None:
    with pytest.raises(ValueError, match="bytes of a sound file"):
        t.add_recording(b"hello")


def test_a_call_that_was_not_played_cannot_end(t: TwinClient) -> None:
    with pytest.raises(ValueError, match="no call CA1"):
        t.end_call("CA1")
    with pytest.raises(ValueError, match="no call CA1"):
        t.call("CA1")


@pytest.mark.parametrize("speed", [0, -1])
def test_the_clock_only_goes_forward(t: TwinClient, speed: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        t.speed(speed)


def test_waiting_for_what_never_comes_ends(t: TwinClient) -> None:
    with pytest.raises(TimeoutError, match="0 of 1"):
        t.wait_for(1, timeout_s=0.02, vendor="deepgram")


def test_every_field_of_a_mode_may_be_told(t: TwinClient) -> None:
    t.misbehave(
        "twilio", "503", **{name: getattr(Mode("twilio", "503"), name) for name in ("times", "probability", "seed", "shape", "code")}
    )
