"""A live call that is put through to somebody, and one that is written down as it goes on."""

import pytest

from scripts.twin.client import TwinClient
from tests.scripts.twin.switchboard import ON_CALL, VOICE, Switchboard, course, played


def test_a_dialled_number_is_told_to_the_caller_and_its_outcome_to_us(t: TwinClient, board: Switchboard) -> None:
    board.plays(
        VOICE, f'<Say>Stay on the line.</Say><Dial action="/dialed" timeout="20"><Number>{ON_CALL}</Number></Dial><Say>unsaid</Say>'
    )
    board.plays("/dialed", "<Say>Take care.</Say>")
    call = played(t, board, dial_talks_s=40)
    assert course(call) == [
        ("said", "Stay on the line."),
        ("dialed", ON_CALL),
        ("connected", ""),
        ("said", "Take care."),
        ("hung up", "twilio"),
    ]
    [form] = board.forms("/dialed")
    assert (form["DialCallStatus"], form["DialCallDuration"], form["DialCallSid"][:2]) == ("completed", "40", "CA")
    assert ON_CALL not in str(t.log())


@pytest.mark.parametrize("ends_as", ["no-answer", "busy", "failed"])
def test_a_dial_that_nobody_takes_says_why(t: TwinClient, board: Switchboard, ends_as: str) -> None:
    board.plays(VOICE, f'<Dial action="/dialed">{ON_CALL}</Dial>')
    board.plays("/dialed", "<Say>Nobody is there.</Say>")
    call = played(t, board, dial_ends_as=ends_as)
    assert board.forms("/dialed")[0]["DialCallStatus"] == ends_as
    assert course(call, "not connected", "said") == [("not connected", ends_as), ("said", "Nobody is there.")]


def test_whoever_rings_longer_than_we_wait_does_not_answer(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, f'<Dial action="/dialed" timeout="10">{ON_CALL}</Dial>')
    played(t, board, dial_rings_s=11)
    assert board.forms("/dialed")[0]["DialCallStatus"] == "no-answer"


def test_a_dial_without_action_goes_on_below(t: TwinClient, board: Switchboard) -> None:
    board.plays(VOICE, f"<Dial>{ON_CALL}</Dial><Say>Goodbye.</Say>")
    assert course(played(t, board), "said") == [("said", "Goodbye.")]


def test_what_both_sides_say_is_transcribed_as_it_is_said(t: TwinClient, board: Switchboard) -> None:
    start = f'<Start><Transcription statusCallbackUrl="{board.url}/told" track="both_tracks" partialResults="true"/></Start>'
    board.plays(VOICE, f'{start}<Gather input="speech" action="/turn"><Say>Good morning.</Say></Gather>')
    played(t, board, {"says": "Hello there, hello."})
    t.wait_for(6, operation="webhook.transcription")
    told = sorted(board.forms("/told"), key=lambda form: int(form["SequenceId"]))
    assert [form["TranscriptionEvent"].removeprefix("transcription-") for form in told] == ["started", *["content"] * 4, "stopped"]
    finals = [(form["Track"], form["TranscriptionData"]) for form in told if form.get("Final") == "true"]
    assert [track for track, _ in finals] == ["outbound_track", "inbound_track"]
    assert ["Good morning." in finals[0][1], "Hello there" in finals[1][1]] == [True, True]
    assert [form["Stability"] for form in told if form.get("Final") == "false"] == ["0.9", "0.9"]
    assert len({form["TranscriptionSid"] for form in told}) == 1


def test_only_the_track_that_is_asked_for_is_transcribed(t: TwinClient, board: Switchboard) -> None:
    start = f'<Start><Transcription statusCallbackUrl="{board.url}/told" track="inbound_track"/></Start>'
    board.plays(VOICE, f'{start}<Gather input="speech" action="/turn"><Say>Good morning.</Say></Gather>')
    played(t, board, {"says": "Hello."})
    t.wait_for(3, operation="webhook.transcription")
    assert [form["Track"] for form in board.forms("/told") if "TranscriptionData" in form] == ["inbound_track"]
