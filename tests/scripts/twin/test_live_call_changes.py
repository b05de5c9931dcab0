"""What cuts into a live call: TwiML that is pushed into it, and somebody who hangs up."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from scripts.twin.client import TwinClient
from scripts.twin.twilio import twiml
from tests.scripts.twin.switchboard import ON_CALL, VOICE, Switchboard, course, played, until

HOUR = '<Pause length="3600"/>'


def test_a_pushed_document_replaces_what_plays_at_once(t: TwinClient, twilio: Client, board: Switchboard) -> None:
    board.plays(VOICE, f"<Say>One moment.</Say>{HOUR}<Say>never said</Say>")
    sid = t.play_live_call(board.url, [])
    until(t, sid, "said")
    assert twilio.calls(sid).update(twiml="<Response><Say>Here is your answer.</Say></Response>").status == "in-progress"
    call = t.ended_call(sid)
    assert course(call, "said") == [("said", "One moment."), ("said", "Here is your answer.")]
    assert call["course"][-1]["at_s"] < 3_600
    assert call["twiml"] == ["<Response><Say>Here is your answer.</Say></Response>"]


def test_a_pushed_document_cuts_into_a_gather_and_the_caller_says_it_again(t: TwinClient, twilio: Client, board: Switchboard) -> None:
    board.plays(VOICE, f'<Gather input="speech" action="{board.url}/early"><Say>{"word " * 2_000}</Say></Gather>')
    sid = t.play_live_call(board.url, [{"says": "Yes, please."}])
    until(t, sid, "said")
    twilio.calls(sid).update(twiml=f'<Response><Gather input="speech" action="{board.url}/late"/></Response>')
    call = t.ended_call(sid)
    assert [moment["is_cut"] for moment in call["course"] if moment["kind"] == "said"] == [True]
    assert (len(board.forms("/early")), [form["SpeechResult"] for form in board.forms("/late")]) == (0, ["Yes, please."])


def test_a_live_call_can_be_sent_to_another_address(t: TwinClient, twilio: Client, board: Switchboard) -> None:
    board.plays(VOICE, f"<Say>One moment.</Say>{HOUR}")
    board.plays("/elsewhere", "<Say>Here.</Say>")
    sid = t.play_live_call(board.url, [])
    until(t, sid, "said")
    twilio.calls(sid).update(url=f"{board.url}/elsewhere")
    assert course(t.ended_call(sid), "said")[-1] == ("said", "Here.")


def test_twilio_hangs_up_when_it_is_told_to(t: TwinClient, twilio: Client, board: Switchboard) -> None:
    board.plays(VOICE, f"<Say>One moment.</Say>{HOUR}")
    sid = t.play_live_call(board.url, [])
    until(t, sid, "said")
    twilio.calls(sid).update(status="completed")
    assert course(t.ended_call(sid), "hung up") == [("hung up", "twilio")]


def test_a_call_that_has_ended_takes_nothing_more(t: TwinClient, twilio: Client, board: Switchboard) -> None:
    board.plays(VOICE, "<Hangup/>")
    call = played(t, board)
    with pytest.raises(TwilioRestException) as refused:
        twilio.calls(call["sid"]).update(twiml="<Response/>")
    assert (refused.value.status, refused.value.code) == (400, 21220)


def test_twiml_beyond_twilios_length_is_refused(t: TwinClient, twilio: Client, board: Switchboard) -> None:
    board.plays(VOICE, f"<Say>One moment.</Say>{HOUR}")
    sid = t.play_live_call(board.url, [])
    until(t, sid, "said")
    with pytest.raises(TwilioRestException):
        twilio.calls(sid).update(twiml=f"<Response><Say>{'x' * 4_000}</Say></Response>")
    assert t.call(sid)["twiml"] == []


@pytest.mark.parametrize(
    "pushed", ['<Gather action="/turn"/>', "<Gather/>", "<Redirect>/turn</Redirect>", f'<Dial action="/x">{ON_CALL}</Dial>']
)
def test_pushed_twiml_has_no_place_that_a_relative_url_could_start_from(
    t: TwinClient, twilio: Client, board: Switchboard, pushed: str
) -> None:
    board.plays(VOICE, f"<Say>One moment.</Say>{HOUR}")
    sid = t.play_live_call(board.url, [])
    until(t, sid, "said")
    twilio.calls(sid).update(twiml=f"<Response>{pushed}</Response>")
    call = t.ended_call(sid)
    assert course(call, "fault")[0][1].startswith(str(twiml.BAD_URL))
    assert "application error" in course(call, "said")[-1][1]


def test_a_caller_who_hangs_up_while_we_think_is_gone(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Gather input="speech" action="/turn"/>')
    board.plays("/turn", f"<Say>One moment.</Say>{HOUR}")
    call = played(t, board, {"says": "Are you open?"}, {"hangs_up": True, "after_s": 30})
    assert course(call)[-2:] == [("said", "One moment."), ("hung up", "caller")]
    assert 30 <= call["course"][-1]["at_s"] < 3_600


def test_a_caller_who_hangs_up_after_speaking_hears_no_answer(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Gather input="speech" action="/turn"/>')
    board.plays("/turn", "<Say>unheard</Say>")
    call = played(t, board, {"says": "Never mind.", "hangs_up": True})
    assert (len(board.forms("/turn")), course(call)[-2:]) == (1, [("spoke", "Never mind."), ("hung up", "caller")])


def test_a_caller_with_nothing_left_to_say_hangs_up(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, '<Gather input="speech" action="/turn" timeout="60"><Say>Anything else?</Say></Gather>')
    assert course(played(t, board)) == [("said", "Anything else?"), ("hung up", "caller")]


def test_reset_cuts_a_live_call_off(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, f"<Say>One moment.</Say>{HOUR}")
    sid = t.play_live_call(board.url, [])
    until(t, sid, "said")
    t.reset()
    t.speed(1_000_000)
    t.pass_time(10_000)
    assert t.log() == []
