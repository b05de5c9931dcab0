"""A caller of whom nothing is heard: asked once more, taken leave of, and written to, once."""

from itertools import permutations

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from domain.numbers import NOBODYS
from tasks import deliver
from tests.support.calling import OURS, THEIRS, Caller
from tests.support.factories import OptOutFactory
from tests.support.invariants import assert_they_hold
from tests.support.stored import count, row, rows
from webhooks import tenants

SILENT = "/webhooks/twilio/gather?turn=1&silent=0"


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who calls the test's organization."""
    return Caller(client)


def test_a_silent_intro_is_taken_leave_of_and_written_to(caller: Caller) -> None:
    caller.rings()
    heard = caller.is_silent()
    assert heard.verbs == ["Say", "Hangup"]
    message = row("SELECT * FROM effects")
    conversation = row("SELECT id FROM conversations")["id"]
    assert (message["effect_key"], message["kind"]) == (f"conversation:{conversation}:silence_sms", "sms")
    assert (message["target"], message["sender"], message["state"]) == (THEIRS, OURS, "pending")
    assert message["body"].startswith("Test Clinic: we could not hear you")
    assert (count("transcripts"), count("runs")) == (0, 0)
    assert deliver.deliver(message["id"]) == "sent"
    assert_they_hold()


def test_a_later_silence_is_asked_about_once(caller: Caller) -> None:
    caller.says("When do you open?")
    again = caller.is_silent(2)
    assert again.verbs == ["Gather"]
    assert again.goes_to("Gather", "action") == ("gather", {"turn": "3", "silent": "1"})
    assert row("SELECT phase FROM conversations")["phase"] == "clarification"
    assert count("effects") == 0
    assert caller.is_silent(3, 1).verbs == ["Say", "Hangup"]
    assert count("effects WHERE kind = 'sms'") == 1


def test_words_after_a_silence_go_on_as_before(caller: Caller) -> None:
    caller.says("When do you open?")
    caller.is_silent(2)
    caller.says("On Friday, please", 3)
    assert row("SELECT phase, turns FROM conversations") == {"phase": "intake", "turns": 2}
    caller.is_silent(2)
    assert row("SELECT phase FROM conversations")["phase"] == "intake", "a silence that is told again is no new one"


def test_one_message_whatever_is_repeated(caller: Caller) -> None:
    for _ in range(3):
        caller.is_silent()
    caller.is_silent(5, 1)
    assert count("effects") == 1
    assert row("SELECT duplicate_count FROM webhook_events ORDER BY duplicate_count DESC LIMIT 1")["duplicate_count"] == 2


def test_an_organization_may_leave_silent_callers_alone(caller: Caller) -> None:
    rows("UPDATE organizations SET settings = settings || '{\"texts_silent_callers\": false}' RETURNING id")
    tenants.forget()
    assert caller.is_silent().verbs == ["Say", "Hangup"]
    assert count("effects") == 0


@pytest.mark.parametrize("number", ["anonymous", "client:ann", "sip:ann@example.com", *sorted(NOBODYS)])
def test_who_takes_no_messages_is_sent_none(caller: Caller, number: str) -> None:
    answer = caller.post(SILENT, From=number)
    assert answer.status_code == 200
    assert row("SELECT their_number FROM conversations")["their_number"] == number
    assert count("effects") == 0


def test_a_number_is_written_to_once_a_day_however_often_it_calls(client: FlaskClient, caller: Caller) -> None:
    caller.is_silent()
    for _ in range(3):
        Caller(client).is_silent()
    assert (count("conversations"), count("effects")) == (4, 1)
    Caller(client).post(SILENT, From="+15005550198")
    assert count("effects") == 2
    rows("UPDATE conversations SET started_at = started_at - interval '25 hours' RETURNING id")
    Caller(client).is_silent()
    assert count("effects") == 3
    assert_they_hold()


def test_the_same_caller_is_written_to_from_each_of_our_numbers(client: FlaskClient, caller: Caller) -> None:
    caller.is_silent()
    Caller(client).post(SILENT, To="+15005550101")
    assert [found["sender"] for found in rows("SELECT sender FROM effects ORDER BY sender")] == [OURS, "+15005550101"]


def test_who_wants_no_messages_is_sent_none(caller: Caller, organization: OrganizationRow) -> None:
    OptOutFactory.create(organization_id=organization.id)
    caller.is_silent()
    assert deliver.deliver(row("SELECT id FROM effects")["id"]).startswith("nothing to do")
    assert row("SELECT state, last_error FROM effects") == {"state": "suppressed", "last_error": "opted_out"}


def test_who_hung_up_was_not_silent(caller: Caller) -> None:
    caller.status = "completed"
    caller.is_silent()
    assert count("effects") == 0
    assert row("SELECT status, phase FROM conversations") == {"status": "completed", "phase": "completed"}


@pytest.mark.parametrize("order", list(permutations(range(5))))
def test_any_order_of_a_calls_requests_ends_alike(caller: Caller, order: tuple[int, ...]) -> None:
    """A request that was delayed or repeated moves nothing back."""
    requests = [
        caller.rings,
        lambda: caller.says("When do you open?"),
        lambda: caller.is_silent(2),
        lambda: caller.says("On Friday", 3),
        caller.hangs_up,
    ]
    for place in (*order, order[0]):
        requests[place]()
    found = row("SELECT status, phase, ended, turns, our_number, their_number FROM conversations")
    assert found == {
        "status": "completed", "phase": "completed", "ended": True, "turns": 2, "our_number": OURS, "their_number": THEIRS,
    }  # fmt: skip
    assert (count("runs"), count("webhook_events")) == (2, 5)
