"""A caller's telephone does what TwiML says, as Twilio would do it; over real sockets, on a clock that runs fast."""

import pytest

from scripts.twin.client import TwinClient
from tests.scripts.twin.switchboard import VOICE, Switchboard, course, played


def test_a_talk_of_two_turns_is_said_heard_and_signed(t: TwinClient, board: Switchboard) -> None:
    gather = '<Gather input="speech dtmf" action="/turn?n={}"><Say>{}</Say></Gather>'
    board.plays(VOICE, gather.format(1, "Good morning."))
    board.plays("/turn", gather.format(2, "For which day?"), "<Say>Done, goodbye.</Say><Hangup/><Say>unheard</Say>")
    call = played(t, board, {"says": "I need an appointment."}, {"says": "Friday, please.", "confidence": None})
    assert course(call) == [
        ("said", "Good morning."),
        ("spoke", "I need an appointment."),
        ("said", "For which day?"),
        ("spoke", "Friday, please."),
        ("said", "Done, goodbye."),
        ("hung up", "twilio"),
    ]
    assert [came.target for came in board.came if came.target.startswith("/turn")] == ["/turn?n=1", "/turn?n=2"]
    first, second = board.forms("/turn")
    assert (first["SpeechResult"], first["Confidence"], first["CallStatus"]) == ("I need an appointment.", "0.93", "in-progress")
    assert "Confidence" not in second
    assert board.forms(VOICE)[0]["CallStatus"] == "ringing"
    t.wait_for(3, operation="webhook.call_status")
    assert all(came.is_signed for came in board.came)


def test_a_live_call_tells_its_status_in_order(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Pause length="9"/>')
    call = played(t, board)
    t.wait_for(3, operation="webhook.call_status")
    told = sorted(board.forms("/webhooks/twilio/call-status"), key=lambda form: form["SequenceNumber"])
    assert [form["CallStatus"] for form in told] == ["ringing", "in-progress", "completed"]
    assert (call["status"], told[-1]["CallDuration"]) == ("completed", str(call["duration_s"]))


def test_saying_takes_as_long_as_the_words_and_pauses_as_long_as_they_say(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, f"<Say>{'word ' * 25}</Say><Pause length='20'/><Say>done</Say>")
    first, second, _ = played(t, board)["course"]
    assert second["at_s"] - first["at_s"] >= 30


def test_silence_goes_on_to_the_next_verb_without_a_request(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Gather input="speech" action="/turn" timeout="10"><Say>Hello?</Say></Gather><Say>Goodbye.</Say>')
    call = played(t, board, {"silent": True})
    assert course(call, "silence", "said") == [("said", "Hello?"), ("silence", ""), ("said", "Goodbye.")]
    assert call["course"][1]["at_s"] >= 10
    assert board.forms("/turn") == []


def test_silence_is_told_where_that_is_asked_for(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Gather input="speech" action="/turn" actionOnEmptyResult="true"/><Say>never said</Say>')
    board.plays("/turn", "<Say>Are you there?</Say>")
    call = played(t, board, {"silent": True})
    assert course(call, "said") == [("said", "Are you there?")]
    assert board.forms("/turn")[0]["SpeechResult"] == ""


def test_whoever_hesitates_longer_than_the_call_listens_is_heard_the_next_time(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Gather input="speech" action="/turn" timeout="5"/><Redirect>/webhooks/twilio/voice</Redirect>')
    call = played(t, board, {"says": "Sorry, yes.", "after_s": 8})
    assert course(call, "silence", "spoke") == [("silence", ""), ("spoke", "Sorry, yes.")]
    assert len(board.forms("/turn")) == 1


@pytest.mark.parametrize(
    ("attributes", "presses", "told"),
    [
        ('input="dtmf"', "12#", {"Digits": "12", "FinishedOnKey": "#"}),
        ('numDigits="1"', "25", {"Digits": "2"}),
        ('input="speech dtmf" finishOnKey=""', "7", {"Digits": "7"}),
    ],
)
def test_keys_are_told_as_digits(t: TwinClient, board: Switchboard, attributes: str, presses: str, told: dict[str, str]) -> None:
    board.plays(VOICE, f'<Gather {attributes} action="/turn"/>')
    played(t, board, {"presses": presses})
    [form] = board.forms("/turn")
    assert {name: form.get(name) for name in ("Digits", "FinishedOnKey") if name in form} == told


def test_words_are_not_heard_by_a_gather_for_keys(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Gather action="/turn"/><Say>Goodbye.</Say>')
    call = played(t, board, {"says": "one"})
    assert course(call, "silence", "spoke") == [("silence", "")]
    assert board.forms("/turn") == []


def test_partial_results_come_while_somebody_speaks(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Gather input="speech" action="/turn" partialResultCallback="/told"/>')
    played(t, board, {"says": "I would like to move my appointment to Friday"})
    t.wait_for(3, operation="webhook.gather_partial")
    partials = sorted(board.forms("/told"), key=lambda form: form["SequenceNumber"])
    assert [(form["SequenceNumber"], form["UnstableSpeechResult"]) for form in partials] == [
        ("0", "I would like to"),
        ("1", "I would like to move my appointment to"),
        ("2", "I would like to move my appointment to Friday"),
    ]
    assert [form["StableSpeechResult"] for form in partials][:2] == ["", "I would like to"]


def test_a_redirect_leads_on_from_its_own_document(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, "<Redirect>turn?n=1</Redirect><Say>never said</Say>")
    board.plays("/webhooks/twilio/turn", "<Say>Here.</Say>")
    assert course(played(t, board), "said") == [("said", "Here.")]
