"""A call of three turns against the vendor twin: one reply is pushed, one handed over, one caller put through."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from db import parked
from db.tables.organizations import OrganizationRow
from providers import registry
from scripts import twin
from scripts.twin import Config, TwinClient
from tasks import deliver
from tests.support.calling import DANGER, Caller, work_off
from tests.support.invariants import assert_they_hold
from tests.support.signing import ACCOUNT_SID, AUTH_TOKEN
from tests.support.stored import row, rows
from webhooks import tenants

ON_CALL = "+15005550111"


@pytest.fixture
def t(configured: Callable[..., None]) -> Iterator[TwinClient]:
    """Twilio, as the twin plays it, with the account of the tests."""
    with twin.running(Config(accounts={ACCOUNT_SID: AUTH_TOKEN})) as found:
        configured(TWILIO_BASE_URL=found.url)
        registry._twilio_caller.cache_clear()
        yield found
    registry._twilio_caller.cache_clear()


@pytest.fixture
def caller(t: TwinClient, client: FlaskClient, organization: OrganizationRow) -> Iterator[Caller]:
    """Somebody who is in a call at the twin."""
    rows(f'UPDATE organizations SET settings = settings || \'{{"on_call": "{ON_CALL}"}}\' RETURNING id')  # noqa: S608 - our own number
    tenants.forget()
    call = t.play_call(t.url, hold=True, gap_s=0.0, account=ACCOUNT_SID).call_sid
    while t.call(call)["status"] != "in-progress":
        t.pass_time(0.01)
    yield Caller(client, sid=call)
    tenants.forget()


def _deliver(turn: int) -> str:
    found = row(
        "SELECT e.id FROM effects AS e JOIN transcripts AS t ON t.id = e.transcript_id WHERE t.turn = %s AND e.kind = 'call_update'", turn
    )
    return str(deliver.deliver(found["id"]))


def test_a_call_of_three_turns(t: TwinClient, caller: Caller) -> None:
    caller.rings()
    caller.says("When do you open?")
    work_off()
    assert _deliver(1) == "sent"
    [pushed] = t.call(caller.sid)["twiml"]
    assert "gather?turn=2" in pushed
    assert row("SELECT text FROM replies")["text"] in pushed.replace("&amp;", "&")

    caller.says("And where are you?", 2)
    work_off()
    assert caller.asks(2).verbs == ["Gather"]
    assert _deliver(2).startswith("nothing to do")

    assert caller.says(DANGER, 3).number == ON_CALL
    work_off()
    assert _deliver(3).startswith("nothing to do")
    assert len(t.call(caller.sid)["twiml"]) == 1
    states = [each["state"] for each in rows("SELECT state FROM effects WHERE kind = 'call_update' ORDER BY transcript_id")]
    assert states == ["sent", "sent", "suppressed"]
    assert_they_hold()


def test_a_call_that_ended_at_twilio_alone_is_told_nothing(t: TwinClient, caller: Caller) -> None:
    caller.says("When do you open?")
    work_off()
    t.end_call(caller.sid)
    while t.call(caller.sid)["status"] == "in-progress":
        t.pass_time(0.01)
    assert _deliver(1) == "superseded: nobody is on the line any more"
    assert t.call(caller.sid)["twiml"] == []


def test_whoever_cannot_reach_twilio_leaves_the_reply_to_the_call(t: TwinClient, caller: Caller) -> None:
    caller.says("When do you open?")
    work_off()
    t.misbehave("twilio", "429", "call.update")
    assert _deliver(1).startswith("paused for")
    assert caller.asks().verbs == ["Gather"]


@pytest.mark.parametrize("words", ["And on Friday?", ""])
def test_a_push_whose_answer_got_lost_is_proven_by_what_the_caller_says_next(t: TwinClient, caller: Caller, words: str) -> None:
    caller.says("When do you open?")
    work_off()
    t.misbehave("twilio", "500", "call.update", after_work=True)
    _deliver(1)
    [pushed] = t.call(caller.sid)["twiml"]
    effect = row("SELECT id, state FROM effects")
    assert effect["state"] == "sending"
    assert f"reply={effect['id']}" in pushed
    assert caller.post(f"/webhooks/twilio/gather?turn=2&silent=0&reply={effect['id']}", SpeechResult=words).status_code == 200
    assert row("SELECT state, provider_ref FROM effects") == {"state": "sent", "provider_ref": caller.sid}
    assert_they_hold()


def test_a_push_of_which_nobody_ever_hears_waits_for_no_person(
    t: TwinClient, caller: Caller, organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(deliver, "tell_somebody", lambda event, *_, **__: told.append(event))
    caller.says("When do you open?")
    work_off()
    t.misbehave("twilio", "500", "call.update", after_work=True)
    outcomes = []
    for _ in range(3):
        outcomes.append(_deliver(1))
        rows("UPDATE effects SET not_before = clock_timestamp(), lease_until = NULL RETURNING id")
    assert outcomes[2] == "unknown: it was for a moment that is over"
    assert row("SELECT state, settled_by FROM effects") == {"state": "unknown", "settled_by": "hookline"}
    assert (parked.fetch_effects(organization.id, 10), told) == ([], [])
    assert len(t.call(caller.sid)["twiml"]) == 1
    assert_they_hold()


def test_a_push_whose_answer_got_lost_is_not_repeated(t: TwinClient, caller: Caller) -> None:
    caller.says("When do you open?")
    work_off()
    t.misbehave("twilio", "down", "call.update", after_work=True)
    assert _deliver(1).startswith("may have been sent")
    assert caller.asks().verbs == ["Pause", "Redirect"]
    assert len(t.call(caller.sid)["twiml"]) == 1


def test_a_push_that_ends_in_an_error_and_changes_nothing_leaves_the_reply_to_the_call(t: TwinClient, caller: Caller) -> None:
    caller.says("When do you open?")
    work_off()
    t.misbehave("twilio", "500", "call.update")
    assert _deliver(1).startswith("may have been sent")
    assert t.call(caller.sid)["twiml"] == []
    assert caller.asks().words == row("SELECT text FROM replies")["text"]
    assert_they_hold()
