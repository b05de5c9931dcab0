"""What is wrong with TwiML, or with getting it, shows; and the call ends as it would at Twilio."""

from typing import Any

import pytest
from twilio.twiml.voice_response import Dial, Gather, Start, VoiceResponse

from scripts.twin.client import TwinClient
from scripts.twin.twilio import twiml
from tests.scripts.twin.switchboard import VOICE, Switchboard, course, played


@pytest.mark.parametrize(
    ("verbs", "why"),
    [
        ("<Shout>Hello</Shout>", "no <Shout> in <Response>"),
        ("<Gather><Dial/></Gather>", "no <Dial> in <Gather>"),
        ('<Gather timeOut="3"/>', "<Gather> has no timeOut"),
        ('<Pause length="0.5"/>', "whole number of length"),
        ('<Redirect method="GET">/turn</Redirect>', "only posts"),
    ],
)
def test_what_twilio_does_not_know_is_a_fault_that_shows(t: TwinClient, board: Switchboard, verbs: str, why: str) -> None:
    board.plays(VOICE, f"{verbs}<Say>It goes on.</Say>")
    [(_, fault)] = course(played(t, board), "fault")
    assert (why in fault, fault[:5]) == (True, str(twiml.NOT_IN_SCHEMA))
    [entry] = t.log(operation="line.fault")
    assert entry.about["what"] == fault


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (500, twiml.FETCH_FAILED),
        (404, twiml.FETCH_FAILED),
        (204, twiml.UNREADABLE),
        ("<Say>", twiml.UNREADABLE),
        ("<Dial>911</Dial>", twiml.BAD_NUMBER),
        (f"<Say>{'x' * 70_000}</Say>", twiml.TOO_LARGE),
    ],
)
def test_without_a_document_the_call_ends_with_twilios_apology(t: TwinClient, board: Switchboard, answer: str | int, code: int) -> None:
    board.plays(VOICE, answer)
    call = played(t, board)
    assert course(call, "fault")[0][1].startswith(str(code))
    assert course(call)[-2:] == [("said", "We are sorry, an application error has occurred. Goodbye."), ("hung up", "twilio")]


def test_a_call_to_where_nobody_is_ends_with_the_apology(t: TwinClient) -> None:
    call = t.ended_call(t.play_live_call("http://127.0.0.1:1", []))
    assert course(call, "fault")[0][1].startswith(str(twiml.NO_CONNECTION))
    assert len(t.log(operation="webhook.voice")) == 2


def test_a_live_calls_webhook_is_tried_again_as_its_fragment_asks(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, 503, 503, "<Say>Good morning.</Say>")
    call = played(t, board, fragment="rc=3&rp=5xx,ct,rt")
    assert course(call, "said", "fault") == [("said", "Good morning.")]
    assert [entry.about["attempt"] for entry in t.log(operation="webhook.voice")] == ["1", "2", "3"]


def test_a_live_calls_webhook_comes_twice_on_request(t: TwinClient, board: Switchboard) -> None:
    t.misbehave("twilio", "duplicate", operation="webhook.gather")
    board.plays(VOICE, '<Gather input="speech" action="/turn"/>')
    board.plays("/turn", "<Say>first</Say>", "<Say>second</Say>")
    call = played(t, board, {"says": "Hello."})
    assert (len(board.forms("/turn")), course(call, "said")) == (2, [("said", "second")])


def test_a_lost_webhook_ends_the_call(t: TwinClient, board: Switchboard) -> None:
    t.misbehave("twilio", "drop", operation="webhook.voice")
    assert "fault" in dict(course(played(t, board)))
    assert board.forms(VOICE) == []


def test_a_circle_of_redirects_ends(t: TwinClient, board: Switchboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.twin.twilio.stage.MOST_DOCUMENTS", 5)
    board.plays(VOICE, "<Redirect>/webhooks/twilio/voice</Redirect>")
    assert "still goes on" in course(played(t, board), "fault")[0][1]
    assert len(board.forms(VOICE)) == 5


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ({"lines": [{"shouts": "hello"}]}, "unknown: shouts"),
        ({"dial_ends_as": "exploded"}, "dial_ends_as must be one of"),
    ],
)
def test_a_script_that_cannot_be_played_is_refused_with_the_reason(t: TwinClient, plan: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        t.play_live_call("http://127.0.0.1:1", **{"lines": [], **plan})


def test_the_attributes_that_the_twin_knows_are_those_of_twilios_own_library() -> None:
    response, gather, dial, start = VoiceResponse(), Gather(), Dial(), Start()
    makers = {
        **{name: getattr(response, name.lower()) for name in ("Say", "Play", "Pause", "Redirect", "Hangup", "Start", "Dial", "Gather")},
        "Number": dial.number,
        "Transcription": start.transcription,
    }
    assert set(makers) == set(twiml.KNOWN)
    for name, make in makers.items():
        asked = make.__code__.co_varnames[: make.__code__.co_argcount]
        known = {part[0] + "".join(word.capitalize() for word in part[1:]) for part in (each.split("_") for each in asked)}
        beyond = {"conversationConfiguration", "enableProviderData"}  # documented, and younger than the library
        assert twiml.KNOWN[name] - beyond <= known
    assert gather.name == "Gather"
