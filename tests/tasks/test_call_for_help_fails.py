"""A call for help that cannot arrive as it was meant: the other person is told, or it leaves from the number that may send."""

from uuid import UUID

import pytest
from flask.testing import FlaskClient

from db import resends
from db.plant import effects
from db.tables.organizations import OrganizationRow
from domain.errors import NoAnswerError, OptedOutError, PermanentError, RetryableError, StepError
from domain.runs import Sighting
from tasks import deliver
from tests.support.calling import DANGER, OURS, Caller
from tests.support.fake_messenger import SEEN, UNSEEN, FakeMessenger, later
from tests.support.invariants import assert_they_hold, broken
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
    assert deliver.deliver(first) == "failed: twilio:21606"
    later()
    deliver.deliver(first)
    assert len(vendor.sent) == 1


def test_the_other_number_is_tried_however_often_twilio_could_not_be_reached_before(
    client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger
) -> None:
    first = called_for(client, organization, f'{{"on_call": "{ON_CALL}", "sends_from": "{SENDS_FROM}"}}')
    outcomes = []
    unreachable, refused = RetryableError("twilio:unreachable"), PermanentError("twilio:21606")
    for vendor.fails in (unreachable, unreachable, refused, unreachable, refused):
        outcomes.append(deliver.deliver(first))
        later()
    assert outcomes[2] == "to be sent from another number: twilio:21606"
    assert outcomes[4] == "failed: twilio:21606", "a number that was exchanged is not exchanged again"
    assert [each.sender for each in vendor.sent] == [OURS, OURS, OURS, SENDS_FROM, SENDS_FROM]


class TestUnclearOutcomes:
    """Nobody knows whether it left: twice is better than never for whoever is in danger."""

    def test_what_the_vendor_does_not_have_is_sent_again(
        self, client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger
    ) -> None:
        first, vendor.fails = called_for(client, organization, BOTH), NoAnswerError("twilio:http_503")
        for _ in range(3):
            assert deliver.deliver(first) == "may have been sent, looked up in 30 s: twilio:http_503"
            later()
            assert deliver.deliver(first) == "to be sent once more: not_found_yet"
        vendor.fails = None
        assert deliver.deliver(first) == "sent"
        assert (len(vendor.sent), len(calls())) == (4, 1)
        assert_they_hold()

    def test_a_sender_that_vanished_is_followed_by_another(
        self, client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger
    ) -> None:
        first = called_for(client, organization, BOTH)
        effects.claim(UUID(first), lease_s=30)
        later()
        assert deliver.deliver(first) == "to be sent once more: not_found_yet"
        assert deliver.deliver(first) == "sent"
        assert len(vendor.sent) == 1

    def test_what_the_vendor_has_is_not_sent_again(self, client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger) -> None:
        first = called_for(client, organization, BOTH)
        effects.claim(UUID(first), lease_s=30)
        vendor.sighting = SEEN
        later()
        assert deliver.deliver(first) == "sent: found at the vendor"
        assert vendor.sent == []

    def test_a_look_up_that_fails_is_made_again_soon(
        self, client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger
    ) -> None:
        first = called_for(client, organization, BOTH)
        effects.claim(UUID(first), lease_s=30)
        rows("UPDATE effects SET attempts = 20 RETURNING id")
        vendor.sighting = RetryableError("twilio:http_503")
        later()
        assert deliver.deliver(first) == "may have been sent, looked up in 30 s: twilio:http_503"

    @pytest.mark.parametrize("sighting", [UNSEEN, RetryableError("twilio:http_503")])
    def test_the_other_person_is_told_when_nobody_will_ever_know(
        self, client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger, sighting: Sighting | Exception
    ) -> None:
        first, vendor.fails = called_for(client, organization, BOTH), NoAnswerError("twilio:timeout")
        deliver.deliver(first)
        vendor.sighting = sighting
        rows("UPDATE effects SET created_at = created_at - interval '48 hours 1 minute' RETURNING id")
        for _ in range(2):
            later()
            outcome = deliver.deliver(first)
            if outcome.startswith("unknown"):
                break
        unknown, other = calls()
        assert (unknown["state"], other["state"], other["target"], other["body"]) == ("unknown", "pending", FRONT_DESK, unknown["body"])
        vendor.fails = None
        assert deliver.deliver(str(other["id"])) == "sent"
        assert "I4.once" not in broken()

    def test_two_people_who_were_told_of_one_emergency_are_no_double(
        self, client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger
    ) -> None:
        """The network may report a message of which nobody knew, when the other person was told already."""
        first, vendor.fails = called_for(client, organization, BOTH), PermanentError("twilio:21211")
        deliver.deliver(first)
        vendor.fails = None
        deliver.deliver(str(calls()[1]["id"]))
        rows("UPDATE effects SET state = 'sent', provider_ref = 'SM1', last_error = NULL WHERE id = %s RETURNING id", first)
        assert_they_hold()


def test_who_sends_it_again_sends_it_to_whoever_is_named_now(
    client: FlaskClient, organization: OrganizationRow, vendor: FakeMessenger
) -> None:
    first, vendor.fails = called_for(client, organization, f'{{"on_call": "{ON_CALL}"}}'), PermanentError("twilio:21211")
    deliver.deliver(first)
    rows("UPDATE organizations SET settings = settings || CAST(%s AS jsonb) RETURNING id", f'{{"on_call": "{FRONT_DESK}"}}')
    again = resends.enter_again(organization.id, UUID(first), "ann")
    assert {str(call["id"]): call["target"] for call in calls()}[str(again)] == FRONT_DESK
