"""A call for help whose report was lost: what became of it is asked for, and the other person is called if it did not arrive."""

from typing import Any

import pytest
from click.testing import CliRunner

from db.tables.organizations import OrganizationRow
from domain.errors import RetryableError
from domain.telephony.history import Account
from domain.telephony.twilio import MessageStatus
from tasks.commands.reconcile import reconcile
from tasks.reconciliation import calls_for_help
from tasks.reconciliation.task import reconcile_all
from tests.support.factories import EffectFactory
from tests.support.histories import FakeHistory
from tests.support.signing import ACCOUNT_SID
from tests.support.stored import count, row, rows

MESSAGE = "SM" + "7" * 32
NOTHING = "taken in: 0 recordings, 0 messages"


@pytest.fixture(autouse=True)
def _other_person(organization: OrganizationRow) -> None:
    both = """settings || '{"on_call": "+15005550177", "front_desk": "+15005550188"}'"""
    rows(f"UPDATE organizations SET settings = {both} WHERE id = %s RETURNING id", str(organization.id))  # noqa: S608 - our own words


def _called(organization: OrganizationRow, minutes_ago: float = 10, **values: Any) -> None:
    told = {"kind": "escalation", "reason": "chest_pain", "target": "+15005550177", "state": "sent", "provider": "twilio"} | values
    EffectFactory.create(organization_id=organization.id, **{"provider_ref": MESSAGE, **told})
    ago = f"clock_timestamp() - interval '{minutes_ago} minutes'"
    rows(f"UPDATE effects SET created_at = {ago}, finished_at = {ago}, not_before = {ago} RETURNING id")  # noqa: S608 - our own words


def test_one_that_did_not_arrive_goes_to_the_other_person(organization: OrganizationRow, vendor: FakeHistory) -> None:
    _called(organization)
    vendor.sent[MESSAGE] = MessageStatus(MESSAGE, "undelivered", "30005")
    assert reconcile_all() == f"{NOTHING}, 1 report of a call for help"
    assert row("SELECT delivery, delivery_code FROM effects WHERE provider_ref = %s", MESSAGE) == {
        "delivery": "undelivered",
        "delivery_code": "30005",
    }
    assert rows("SELECT kind, state, target FROM effects WHERE provider_ref IS NULL") == [
        {"kind": "escalation", "state": "pending", "target": "+15005550188"}
    ]


def test_one_that_arrived_calls_nobody_else_and_is_asked_for_once(organization: OrganizationRow, vendor: FakeHistory) -> None:
    _called(organization)
    vendor.sent[MESSAGE] = MessageStatus(MESSAGE, "delivered", None)
    account = Account(organization.id, organization.slug, ACCOUNT_SID)
    assert [calls_for_help.report(account), calls_for_help.report(account)] == [1, 0]
    assert vendor.sent_asked == [MESSAGE]
    assert count("effects") == 1


@pytest.mark.parametrize("status", ["sent", None], ids=lambda status: status or "forgotten by the vendor")
def test_one_that_is_under_way_is_asked_for_again(organization: OrganizationRow, vendor: FakeHistory, status: str | None) -> None:
    _called(organization)
    if status:
        vendor.sent[MESSAGE] = MessageStatus(MESSAGE, status, None)
    account = Account(organization.id, organization.slug, ACCOUNT_SID)
    assert [calls_for_help.report(account), calls_for_help.report(account)] == [0, 0]
    assert (vendor.sent_asked, count("webhook_events")) == ([MESSAGE, MESSAGE], 1)


@pytest.mark.parametrize(
    "values",
    [{"kind": "sms"}, {"delivery": "delivered"}, {"state": "failed"}, {"provider": "local"}, {"minutes_ago": 1}, {"minutes_ago": 361}],
    ids=str,
)
def test_nothing_else_is_asked_for(organization: OrganizationRow, vendor: FakeHistory, values: dict[str, Any]) -> None:
    _called(organization, **values)
    assert calls_for_help.report(Account(organization.id, organization.slug, ACCOUNT_SID)) == 0
    assert vendor.sent_asked == []


def test_a_person_asks_for_it_too_and_is_told_if_nobody_answers(
    organization: OrganizationRow, vendor: FakeHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    _called(organization)
    vendor.sent[MESSAGE] = MessageStatus(MESSAGE, "failed", "30003")
    assert "test: 1 report of a call for help taken in" in CliRunner().invoke(reconcile, ["--org", "test"]).output
    rows("UPDATE effects SET delivery = NULL, delivery_rank = 0 RETURNING id")

    def refuses(_self: FakeHistory, _account: str, _message: str) -> None:
        raise RetryableError("twilio:http_503")

    monkeypatch.setattr(FakeHistory, "message", refuses)
    told = CliRunner().invoke(reconcile, ["--org", "test"])
    assert (told.exit_code, "the reports of calls for help could not be asked for (twilio:http_503" in told.output) == (1, True)
