"""A call whose end nobody told us of is asked for, and what was heard in it is worked on."""

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from db.tables.organizations import OrganizationRow
from domain.errors import RetryableError
from domain.telephony.history import Account
from domain.telephony.twilio import ASKED_FOR, CallStatus
from tasks.commands.reconcile import reconcile
from tasks.reconciliation import open_calls
from tasks.reconciliation.task import reconcile_all
from tests.support import payloads
from tests.support.calling import Caller, work_off
from tests.support.histories import FakeHistory
from tests.support.invariants import assert_they_hold
from tests.support.signing import ACCOUNT_SID, changed, post_as_twilio
from tests.support.stored import count, row, rows

TRANSCRIPTION = "/webhooks/twilio/transcription"
CALL = "CA" + "1" * 32
pytestmark = pytest.mark.usefixtures("vendor")


@pytest.fixture
def call(client: FlaskClient, organization: OrganizationRow) -> str:
    """Somebody who talked with a person while Twilio wrote it down; the last thing we heard of them was an hour and a half ago."""
    assert organization.twilio_account_sid
    assert Caller(client, sid=CALL).post("/webhooks/twilio/call-status", CallStatus="in-progress", SequenceNumber="2").status_code == 204
    for name in ("started", "content_final"):
        assert post_as_twilio(client, TRANSCRIPTION, changed(payloads.twilio(f"rtt_{name}").fields or ())).status_code == 204
    _an_hour_and_a_half_later()
    return CALL


def _an_hour_and_a_half_later() -> None:
    rows("UPDATE conversations SET updated_at = updated_at - interval '90 minutes' RETURNING id")


def _stands(monkeypatch: pytest.MonkeyPatch, status: str | None) -> None:
    told = CallStatus(CALL, status, ASKED_FOR, "inbound", "+15005550199", "+15005550100", 60) if status else None
    monkeypatch.setattr(FakeHistory, "call", lambda _self, _account, _call: told)


@pytest.mark.parametrize("status", ["completed", "failed", None], ids=lambda status: status or "forgotten by the vendor")
def test_its_end_is_taken_in_and_what_was_heard_is_worked_on(call: str, monkeypatch: pytest.MonkeyPatch, status: str | None) -> None:
    assert count("runs") == 0
    _stands(monkeypatch, status)
    assert reconcile_all() == "taken in: 0 recordings, 0 messages, 1 end of a call"
    found = row("SELECT status, ended, phase FROM conversations WHERE provider_ref = %s", call)
    assert (found["status"], found["ended"]) == ("failed" if status == "failed" else "completed", True)
    work_off()
    assert count("utterances") == 1
    assert row("SELECT processing_status FROM transcripts") == {"processing_status": "completed"}
    assert_they_hold()


def test_one_that_goes_on_is_left_alone_and_asked_for_an_hour_later(
    organization: OrganizationRow, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def stands(_self: FakeHistory, _account: str, of: str) -> CallStatus:
        asked.append(of)
        return CallStatus(of, "in-progress", ASKED_FOR, "inbound", None, None, None)

    monkeypatch.setattr(FakeHistory, "call", stands)
    account = Account(organization.id, organization.slug, ACCOUNT_SID)
    assert [open_calls.end(account), open_calls.end(account)] == [0, 0]
    assert asked == [call], "it was looked at a moment ago"
    _an_hour_and_a_half_later()
    open_calls.end(account)
    assert asked == [call, call]
    assert row("SELECT ended FROM conversations WHERE provider_ref = %s", call) == {"ended": False}


@pytest.mark.usefixtures("call")
def test_a_person_asks_for_it_too_and_is_told_if_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    told = CliRunner().invoke(reconcile, ["--org", "test"])
    assert "test: 1 end of a call taken in" in told.output
    rows("UPDATE conversations SET ended = false, updated_at = updated_at - interval '90 minutes' RETURNING id")

    def refuses(_self: FakeHistory, _account: str, _call: str) -> CallStatus:
        raise RetryableError("twilio:http_503")

    monkeypatch.setattr(FakeHistory, "call", refuses)
    told = CliRunner().invoke(reconcile, ["--org", "test"])
    assert (told.exit_code, "the ends of calls could not be asked for (twilio:http_503" in told.output) == (1, True)
