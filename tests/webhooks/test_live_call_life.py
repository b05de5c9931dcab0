"""A live call's whole life over real sockets: the vendor twin plays the caller and Twilio, the front answers, the chain replies."""

import time
from typing import Any

import pytest

from domain.chain import TASK_NAMES, Stage
from domain.emergencies.escalation import HEARD_PARTLY
from domain.errors import StepFailed
from tasks import app
from tests.support.signing import ACCOUNT_SID, PUBLIC_BASE_URL
from tests.support.stored import row, rows
from tests.support.vendor_house import House

ON_CALL = "+15005550111"
PACE = 3  # as many times as fast as real people talk: no more, for the house thinks in real time
PATIENCE_S = 60.0
_REPLIES = """
SELECT replies.text FROM replies JOIN runs ON runs.id = run_id JOIN conversations AS c ON c.id = runs.conversation_id
WHERE c.provider_ref = %s ORDER BY runs.turn"""


@pytest.fixture
def staffed(house: House) -> House:
    """Somebody is on call."""
    rows(f'UPDATE organizations SET settings = settings || \'{{"on_call": "{ON_CALL}"}}\' RETURNING id')  # noqa: S608 - a constant
    house.twin.speed(PACE)
    return house


def _calls(house: House, *lines: dict[str, Any], **plan: Any) -> str:
    return house.twin.play_live_call(PUBLIC_BASE_URL, lines, account=ACCOUNT_SID, **plan)


def _worked_off(house: House, sid: str) -> dict[str, Any]:
    """The call when it is over; meanwhile the house does its work."""
    ends = time.monotonic() + PATIENCE_S
    while (call := house.twin.call(sid))["ended"] is None:
        assert time.monotonic() < ends, call["course"]
        _work()
    return call


def _work() -> None:
    for run in rows("SELECT id, stage FROM runs WHERE state = 'ready' AND not_before <= clock_timestamp() ORDER BY turn"):
        try:
            app.tasks[TASK_NAMES[Stage(run["stage"])]](run["id"])
        except StepFailed:
            continue
    for effect in rows("SELECT id FROM effects WHERE state = 'pending'"):
        app.tasks["reply.deliver"](effect["id"])
    time.sleep(0.02)


def _words(call: dict[str, Any], kind: str) -> list[str]:
    return [moment["what"] for moment in call["course"] if moment["kind"] == kind]


def test_every_turn_has_its_own_reply_said_once(staffed: House) -> None:
    _worked_off(staffed, _calls(staffed, {"says": "Hello."}))  # the SDKs load their parts here, while somebody waits
    call = _worked_off(staffed, _calls(staffed, {"says": "What are your opening hours?"}, {"says": "Then I want to book an appointment."}))
    replies = [str(found["text"]) for found in rows(_REPLIES, call["sid"])]
    assert (len(replies), [_words(call, "said").count(reply) for reply in replies]) == (2, [1, 1])
    assert _words(call, "spoke") == ["What are your opening hours?", "Then I want to book an appointment."]
    assert _words(call, "fault") == []


def test_danger_reaches_the_telephone_of_who_is_on_call_though_nobody_works(staffed: House) -> None:
    call = staffed.twin.ended_call(_calls(staffed, {"says": "My husband has chest pain and can't breathe!"}), PATIENCE_S)
    assert _words(call, "dialed") == [ON_CALL]
    assert "connected" in [moment["kind"] for moment in call["course"]]
    assert row("SELECT escalation_reason IS NOT NULL AS escalated FROM conversations")["escalated"]
    # what was heard of it before the turn came waits beside it, and gives way when it is due
    [told] = rows("SELECT target, state FROM effects WHERE kind = 'escalation' AND NOT effect_key LIKE %s", f"%:{HEARD_PARTLY}:%")
    assert told == {"target": ON_CALL, "state": "pending"}


def test_a_voicemail_is_no_help(staffed: House) -> None:
    """A telephone that is off answers at once, and Twilio says that the call was completed."""
    danger = {"says": "My husband has chest pain and can't breathe!"}
    call = staffed.twin.ended_call(_calls(staffed, danger, dial_ends_as="completed", dial_talks_s=3), PATIENCE_S)
    kinds = [moment["kind"] for moment in call["course"]]
    assert kinds[kinds.index("connected") + 1] == "said"
    assert "call 9 1 1" in _words(call, "said")[-1]
    assert _words(call, "hung up") == ["caller"]


def test_nothing_is_said_to_who_hung_up_while_we_thought(staffed: House) -> None:
    sid = _calls(staffed, {"says": "What are your opening hours?"}, {"hangs_up": True, "after_s": 3})
    staffed.twin.ended_call(sid, PATIENCE_S)
    staffed.twin.wait_for(3, operation="webhook.call_status")
    for _ in range(len(Stage) + 1):
        _work()
    assert staffed.twin.call(sid)["twiml"] == []
    assert row("SELECT state FROM effects WHERE kind = 'call_update'")["state"] == "superseded"


def test_whoever_says_nothing_is_taken_leave_of_and_written_to(staffed: House) -> None:
    call = _worked_off(staffed, _calls(staffed, {"silent": True}))
    assert (_words(call, "silence"), _words(call, "hung up")) == ([""], ["twilio"])
    ends = time.monotonic() + PATIENCE_S
    while not staffed.twin.messages("outbound-api") and time.monotonic() < ends:
        staffed.put_clock_forward()
        _work()
    [message] = staffed.twin.messages("outbound-api")
    assert message["to"] == call["from_"]
