"""A call for help that cannot arrive as it was meant: the other person is told, or it leaves from the number that may send."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from db import resends
from db.tables.organizations import OrganizationRow
from domain.errors import OptedOutError, PermanentError, StepError
from tasks import deliver
from tests.support.calling import DANGER, OURS, Caller
from tests.support.fake_messenger import FakeMessenger, later
from tests.support.invariants import assert_they_hold
from tests.support.signing import post_as_twilio
from tests.support.stored import rows
from webhooks import tenants

ON_CALL, FRONT_DESK, SENDS_FROM = "+15005550111", "+15005550122", "+15005550133"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> FakeMessenger:
    """Whoever sends messages."""
    found = FakeMessenger()
    monkeypatch.setattr("tasks.deliver.registry.messenger", lambda _effect: found)
    return found


def called_for(client: FlaskClient, organization: OrganizationRow, settings: str) -> str:
    """Somebody in danger calls an organization with these settings, too; the call for help."""
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) WHERE id = %s RETURNING id", settings, str(organization.id))
    tenants.forget()
    Caller(client).says(DANGER)
    [call] = calls()
    return str(call["id"])


def calls() -> list[dict[str, object]]:
    return rows("SELECT * FROM effects WHERE kind = 'escalation' ORDER BY created_at, id")


BOTH = f'{{"on_call": "{ON_CALL}", "front_desk": "{FRONT_DESK}"}}'


@pytest.mark.parametrize("why", [PermanentError("twilio:21211"), OptedOutError("twilio:21610")])
def test_the_other_person_is_told_when_the_first_cannot_be(
    client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger, why: StepError
) -> None:
    first, vendor.fails = called_for(client, organization, BOTH), why
    assert deliver.deliver(first).startswith("failed")
    failed, other = calls()
    assert (failed["state"], failed["settled_at"]) == ("failed", None), "a person has to hear of it, although it is of a live turn"
    assert (other["target"], other["state"], other["reason"]) == (FRONT_DESK, "pending", calls()[0]["reason"])
    assert other["body"] == calls()[0]["body"]
    assert deliver.deliver(str(other["id"])).startswith("failed")
    assert len(calls()) == 2, "there is nobody else"


def test_the_other_person_is_told_when_the_network_could_not_deliver(
    client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger
) -> None:
    first = called_for(client, organization, BOTH)
    assert deliver.deliver(first) == "sent"
    for _ in range(2):
        report = [("MessageSid", f"SM{'0' * 32}"), ("MessageStatus", "undelivered"), ("ErrorCode", "30006")]
        rows("UPDATE effects SET provider_ref = %s WHERE id = %s RETURNING id", f"SM{'0' * 32}", first)
        assert post_as_twilio(client, f"/webhooks/twilio/message-status?effect={first}", report).status_code == 204
    assert [call["target"] for call in calls()] == [ON_CALL, FRONT_DESK]
    assert deliver.deliver(str(calls()[1]["id"])) == "sent"
    assert [each.target for each in vendor.sent] == [ON_CALL, FRONT_DESK]


@pytest.mark.parametrize("settings", [f'{{"on_call": "{ON_CALL}"}}', f'{{"on_call": "{ON_CALL}", "front_desk": "{ON_CALL}"}}'])
def test_where_there_is_no_other_person_nobody_is_made_up(
    client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger, settings: str
) -> None:
    first, vendor.fails = called_for(client, organization, settings), PermanentError("twilio:21211")
    deliver.deliver(first)
    assert len(calls()) == 1


def test_a_message_that_is_sent_calls_nobody_else(client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger) -> None:
    deliver.deliver(called_for(client, organization, BOTH))
    assert [each.target for each in vendor.sent] == [ON_CALL]
    assert_they_hold()


@pytest.mark.parametrize(("code", "sender"), [("twilio:21606", SENDS_FROM), ("twilio:21211", None)])
def test_a_number_that_may_not_send_gives_way_to_the_one_that_is_named(
    client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger, code: str, sender: str | None
) -> None:
    """Many numbers take calls and send no messages."""
    first = called_for(client, organization, f'{{"on_call": "{ON_CALL}", "sends_from": "{SENDS_FROM}"}}')
    vendor.fails = PermanentError(code)
    deliver.deliver(first)
    vendor.fails = None
    later()
    outcome = deliver.deliver(first)
    assert [each.sender for each in vendor.sent] == ([OURS, sender] if sender else [OURS])
    assert (outcome == "sent") == bool(sender)


def test_without_another_number_it_fails_all_the_same(client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger) -> None:
    first, vendor.fails = called_for(client, organization, f'{{"on_call": "{ON_CALL}"}}'), PermanentError("twilio:21606")
    outcomes = []
    for _ in range(3):
        outcomes.append(deliver.deliver(first))
        later()
    assert "failed: twilio:21606" in outcomes
    assert len(vendor.sent) == 2


def test_who_sends_it_again_sends_it_to_whoever_is_named_now(
    client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger
) -> None:
    first, vendor.fails = called_for(client, organization, f'{{"on_call": "{ON_CALL}"}}'), PermanentError("twilio:21211")
    deliver.deliver(first)
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", f'{{"on_call": "{FRONT_DESK}"}}')
    again = resends.enter_again(organization.id, UUID(first), "ann")
    assert {str(call["id"]): call["target"] for call in calls()}[str(again)] == FRONT_DESK
