"""A live call ends: nothing more is said into it, and what was escalated stays so."""

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tasks import deliver
from tests.support.calling import DANGER, Caller, reply, work_off
from tests.support.invariants import assert_they_hold
from tests.support.stored import row


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who calls the test's organization."""
    return Caller(client)


def test_a_hang_up_in_the_middle_of_a_turn_supersedes_its_reply(caller: Caller) -> None:
    caller.rings()
    caller.says("When do you open?")
    caller.hangs_up()
    work_off()
    assert deliver.deliver(str(reply()["id"])).startswith("nothing to do")
    assert (reply()["state"], reply()["last_error"]) == ("superseded", "call_ended")
    assert row("SELECT status, phase FROM conversations") == {"status": "completed", "phase": "completed"}
    assert_they_hold()


def test_a_reply_is_not_handed_over_to_a_call_that_has_ended(caller: Caller) -> None:
    caller.says("When do you open?")
    work_off()
    caller.hangs_up()
    assert caller.asks().verbs == ["Pause", "Redirect"]
    assert reply()["state"] == "pending"


def test_an_escalation_stays_when_the_call_ends(caller: Caller) -> None:
    caller.says(DANGER)
    caller.hangs_up()
    assert row("SELECT phase FROM conversations")["phase"] == "escalation"
