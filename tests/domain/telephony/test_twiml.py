"""What we render is what the vendor's own SDK would have made, and nothing that somebody says can break out of it."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Gather, Start, VoiceResponse

from domain.telephony import twiml
from domain.telephony.call_flow import Dial, HangUp, Listen, Pause, Redirect, Say, Script, Transcribe

BASE = "https://hookline.example"
PLACE = f"{BASE}/webhooks/twilio"
REPEAT = "#rc=3&rp=5xx,ct,rt"


def _gather() -> VoiceResponse:
    gather = Gather(
        input="speech dtmf",
        action=f"{PLACE}/gather?turn=2&silent=1{REPEAT}",
        action_on_empty_result=True,
        partial_result_callback=f"{PLACE}/gather-partial?turn=2",
        timeout=5,
        speech_timeout="auto",
        language="en-GB",
        profanity_filter=False,
    )
    gather.say("Pardon?", language="en-US")
    return VoiceResponse().append(gather)


def _transcription() -> VoiceResponse:
    start = Start()
    start.transcription(
        status_callback_url=f"{PLACE}/transcription{REPEAT}", track="both_tracks", language_code="en-US", profanity_filter=False
    )
    return VoiceResponse().append(start)


def _dial() -> VoiceResponse:
    response = VoiceResponse()
    response.say("One moment & <wait>", language="en-US")
    response.dial("+15005550111", action=f"{PLACE}/dialed?turn=3&emergency=1{REPEAT}", timeout=20)
    return response


def _dial_under_ours() -> VoiceResponse:
    response = VoiceResponse()
    response.dial("+15005550111", action=f"{PLACE}/dialed?turn=3&emergency=0{REPEAT}", timeout=20, caller_id="+15005550100")
    return response


def _redirect() -> VoiceResponse:
    response = VoiceResponse()
    response.pause(length=2)
    response.redirect(f"{PLACE}/turn?turn=1&waited=4{REPEAT}", method="POST")
    return response


def _hang_up() -> VoiceResponse:
    response = VoiceResponse()
    response.hangup()
    return response


CASES: list[tuple[Script, VoiceResponse]] = [
    ((Listen(2, "en-GB", 5, 1, (Say("Pardon?"),)),), _gather()),
    ((Transcribe("en-US"),), _transcription()),
    ((Say("One moment & <wait>"), Dial("+15005550111", 3, is_emergency=True)), _dial()),
    ((Dial("+15005550111", 3, is_emergency=False, shows="+15005550100"),), _dial_under_ours()),
    ((Pause(2), Redirect(1, 4)), _redirect()),
    ((HangUp(),), _hang_up()),
    ((), VoiceResponse()),
]


@pytest.mark.parametrize(("script", "theirs"), CASES)
def test_it_is_what_the_sdk_makes(script: Script, theirs: VoiceResponse) -> None:
    assert ET.canonicalize(twiml.render(script, BASE)) == ET.canonicalize(str(theirs))


@given(st.text())
def test_whatever_is_said_is_said_and_no_more(words: str) -> None:
    root = ET.fromstring(twiml.render((Say(words),), BASE))  # noqa: S314 - our own words
    assert [act.tag for act in root.iter()] == ["Response", "Say"]


def test_what_no_document_may_hold_is_left_out() -> None:
    assert "\x0b" not in twiml.render((Say("a\x0bb\ud800\uffff"),), BASE)


def test_the_longest_reply_can_be_pushed() -> None:
    document = twiml.render((Listen(100, "en-US", says=(Say("&" * 600),)),), f"https://{'x' * 200}.example")
    assert len(document) <= twiml.MAX_CHARS
