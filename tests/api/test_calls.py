"""GET /v1/calls/{call_sid}: how a call stands, turn by turn, for its owner only."""

import pytest
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from tests.support import visits
from tests.support.calling import DANGER, Caller, work_off
from tests.support.factories import ConversationFactory
from tests.support.stored import row, rows
from webhooks import tenants

FIELDS = {"call_id", "conversation_id", "stage", "last_transcript", "last_reply", "confidence", "escalated", "turns"}


@pytest.fixture
def caller(client: FlaskClient, organization: OrganizationRow) -> Caller:
    """Somebody who calls the test's organization."""
    tenants.forget()
    return Caller(client)


def test_a_call_has_exactly_the_promised_fields(api_client: FlaskClient, caller: Caller) -> None:
    caller.rings()
    shown = api_client.get(f"/v1/calls/{caller.sid}").get_json()
    assert shown == {
        "call_id": caller.sid, "conversation_id": row("SELECT id FROM conversations")["id"], "stage": "greeting", "last_transcript": None,
        "last_reply": None, "confidence": None, "escalated": False, "turns": [],
    }  # fmt: skip
    assert set(shown) == FIELDS


def test_turns_are_told_in_their_order_with_what_we_said(api_client: FlaskClient, caller: Caller) -> None:
    caller.rings()
    caller.says("When do you open?")
    work_off()
    said = caller.asks().words
    caller.says(DANGER, 2)
    work_off()
    shown = api_client.get(f"/v1/calls/{caller.sid}").get_json()
    assert shown["turns"] == [
        {"user": "When do you open?", "agent": said, "stage": "intake", "confidence": pytest.approx(0.94)},
        {"user": DANGER, "agent": None, "stage": "escalation", "confidence": pytest.approx(0.94)},
    ]
    assert (shown["stage"], shown["escalated"]) == ("escalation", True)
    assert (shown["last_transcript"], shown["last_reply"], shown["confidence"]) == (DANGER, said, pytest.approx(0.94))


def test_words_are_there_as_soon_as_they_are_read(api_client: FlaskClient, caller: Caller) -> None:
    caller.says("When do you open?")
    assert api_client.get(f"/v1/calls/{caller.sid}").get_json()["turns"][0]["user"] is None


def test_a_long_call_is_read_with_as_many_questions_as_a_short_one(api_client: FlaskClient, caller: Caller) -> None:
    asked = []
    for turn in range(1, 4):
        caller.says("When do you open?", turn)
        work_off()
        api_client.get(f"/v1/calls/{caller.sid}")
        with visits.counted() as seen:
            assert len(api_client.get(f"/v1/calls/{caller.sid}").get_json()["turns"]) == turn
        asked.append(len(seen))
    assert len(set(asked)) == 1


def test_somebody_elses_call_and_a_thread_are_not_found(api_client: FlaskClient, organization: OrganizationRow) -> None:
    foreign = ConversationFactory.create()
    thread = ConversationFactory.create(organization_id=organization.id, channel="sms")
    for ref in (foreign.provider_ref, thread.provider_ref, "CA1"):
        assert api_client.get(f"/v1/calls/{ref}").status_code == 404


@pytest.mark.parametrize("call", ["%00", "CA%00", "%ff%fe", "%ed%a0%80", "CA" + "0" * 5_000])
def test_what_is_no_id_is_not_found(api_client: FlaskClient, call: str) -> None:
    assert api_client.get(f"/v1/calls/{call}").status_code == 404


def test_nobody_reads_it_without_a_key(client: FlaskClient) -> None:
    assert client.get("/v1/calls/CA1").status_code == 401
    assert rows("SELECT id FROM conversations") == []
