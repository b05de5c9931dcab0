"""Somebody says that they are in danger, and the call breaks off before the turn is told: what was heard of it calls for a person."""

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tasks import deliver
from tests.support.calling import DANGER, THEIRS, Caller
from tests.support.fake_messenger import FakeMessenger
from tests.support.invariants import assert_they_hold
from tests.support.stored import row, rows
from webhooks import tenants

ON_CALL = "+15005550111"


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who calls an organization with somebody on call."""
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", f'{{"on_call": "{ON_CALL}"}}')
    tenants.forget()
    return Caller(client)


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> FakeMessenger:
    """Whoever sends messages."""
    found = FakeMessenger()
    monkeypatch.setattr("tasks.deliver.registry.messenger", lambda _effect: found)
    return found


def begins_to_say(caller: Caller, words: str, turn: int = 1, number: int = 0) -> None:
    """A part of what is said comes in, before the turn is over."""
    told = {"StableSpeechResult": words[:9], "UnstableSpeechResult": words[9:], "SequenceNumber": str(number)}
    assert caller.post(f"/webhooks/twilio/gather-partial?turn={turn}", **told).status_code == 204


def calls() -> list[dict[str, object]]:
    return rows("SELECT * FROM effects WHERE kind = 'escalation' ORDER BY created_at")


def deliver_all() -> None:
    """Fifteen seconds later."""
    rows("UPDATE effects SET not_before = clock_timestamp() RETURNING id")
    for call in calls():
        deliver.deliver(str(call["id"]))


def test_who_hangs_up_in_the_middle_of_it_is_called_for(caller: Caller, vendor: FakeMessenger) -> None:
    caller.rings()
    for number in range(3):
        begins_to_say(caller, DANGER, number=number)
    caller.hangs_up()
    [call] = calls()
    assert call["state"] == "pending"
    assert rows("SELECT 1 AS due FROM effects WHERE not_before <= clock_timestamp()") == [], "the turn may still come"
    deliver_all()
    [sent] = vendor.sent
    assert sent.target == ON_CALL
    assert sent.body.endswith(f"Call them back: {THEIRS}")
    found = row("SELECT phase, escalated_at IS NOT NULL AS escalated, escalation_reason FROM conversations")
    assert found == {"phase": "escalation", "escalated": True, "escalation_reason": call["reason"]}
    assert_they_hold()


@pytest.mark.parametrize(("words", "calls_for_help"), [("I have chest pain, no, only a sore arm", 1), ("When do you open?", 0)])
def test_what_is_said_to_the_end_decides_itself(caller: Caller, vendor: FakeMessenger, words: str, calls_for_help: int) -> None:
    caller.rings()
    begins_to_say(caller, DANGER)
    caller.says(words)
    deliver_all()
    assert len(vendor.sent) == calls_for_help, "what was heard on the way counts no more"
    assert_they_hold()


def test_a_part_that_comes_after_its_turn_calls_nobody(caller: Caller, vendor: FakeMessenger) -> None:
    caller.rings()
    caller.says("When do you open?")
    begins_to_say(caller, DANGER)
    deliver_all()
    assert vendor.sent == []
    assert row("SELECT escalated_at FROM conversations")["escalated_at"] is None


def test_a_turn_of_which_nothing_was_understood_in_the_end_calls(caller: Caller, vendor: FakeMessenger) -> None:
    caller.rings()
    begins_to_say(caller, DANGER)
    caller.is_silent()
    deliver_all()
    assert [sent.target for sent in vendor.sent] == [ON_CALL]


def test_after_a_call_for_help_a_part_calls_nobody_again(caller: Caller, vendor: FakeMessenger) -> None:
    caller.rings()
    caller.says(DANGER)
    begins_to_say(caller, DANGER, turn=2)
    deliver_all()
    assert len(vendor.sent) == 1


@pytest.mark.parametrize("words", ["When do you", "I have no chest pain"])
def test_ordinary_words_enter_nothing(caller: Caller, words: str) -> None:
    caller.rings()
    begins_to_say(caller, words)
    assert calls() == []
