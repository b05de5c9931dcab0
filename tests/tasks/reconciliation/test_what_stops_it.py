"""What stops a pass, and what does not."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

import celeryconfig
import settings
from domain.errors import PermanentError
from domain.healing import Listed
from providers.twilio.mapping import message_form
from tasks.reconciliation import taking_in, task
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.histories import CUSTOMER, FakeHistory, new_account, said, serve
from tests.support.passes import LONG_AGO, beat, beat_hours_ago, mark, mark_after_a_pass, place
from tests.support.signing import ACCOUNT_SID
from tests.support.stored import count, row, rows


def _bug_with(sid: str) -> Callable[..., bytes]:
    """A fault of ours that one message brings to light."""

    def form(account: str, told: Any) -> bytes:
        if told.sid == sid:
            raise KeyError(told.sender)
        return message_form(account, told)

    return form


class TestWhatStopsIt:
    """Outages, other people's accounts, and time."""

    def test_one_account_that_cannot_be_asked_keeps_no_other_waiting(self, vendor: FakeHistory, configured: Callable[..., None]) -> None:
        other = new_account()
        serve(OrganizationFactory.create(slug="other", twilio_account_sid=other).id)
        rows(LONG_AGO)
        configured(TWILIO_ACCOUNTS=json.dumps({other: ["token"]}))
        vendor.found = [said(1)]
        for failing in (ACCOUNT_SID, other):
            vendor.fails = {failing: PermanentError("twilio:20003")}
            assert beat() == "taken in: 0 recordings, 1 message"

    @pytest.mark.usefixtures("vendor")
    def test_who_was_asked_longest_ago_comes_first(self, configured: Callable[..., None]) -> None:
        other = new_account()
        OrganizationFactory.create(slug="other", twilio_account_sid=other)
        configured(TWILIO_ACCOUNTS=json.dumps({other: ["token"]}))
        beat()
        rows(
            "UPDATE watermarks SET checked_at = checked_at - interval '1 hour'"
            " WHERE organization_id = (SELECT id FROM organizations WHERE slug = 'other') RETURNING kind"
        )
        assert [account.slug for account in task.accounts()] == ["other", "test"]
        OrganizationFactory.create(slug="new", twilio_account_sid=(newest := new_account()))
        configured(TWILIO_ACCOUNTS=json.dumps({other: ["token"], newest: ["token"]}))
        assert [account.slug for account in task.accounts()] == ["new", "other", "test"]

    def test_an_account_whose_token_nobody_has_is_not_asked(self, vendor: FakeHistory, configured: Callable[..., None]) -> None:
        configured(TWILIO_ACCOUNTS=json.dumps({new_account(): ["token"]}), TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
        vendor.found = [said(1)]
        assert beat() == "taken in: 0 recordings, 0 messages"
        assert (vendor.asked, count("watermarks")) == ([], 0)

    @pytest.mark.usefixtures("organization")
    def test_an_organization_without_an_account_is_not_asked(self) -> None:
        OrganizationFactory.create(slug="deaf")
        assert [account.slug for account in task.accounts()] == ["test"]

    @pytest.mark.parametrize("table", ["watermarks", "conversations"])
    def test_a_database_that_is_away_leaves_the_watermark(self, vendor: FakeHistory, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
        beat()
        before = mark()
        vendor.found = [said(1)]
        with monkeypatch.context() as impatient, chain.holding(f"LOCK TABLE {table}"):
            for module in ("db.reconciliation", "db.organizations", "db.events"):
                impatient.setattr(f"{module}.engine", chain.impatient_engine)
            assert beat().startswith("not finished: database:")
        assert mark() == before
        assert beat() == "taken in: 0 recordings, 1 message"

    def test_a_pass_that_fails_between_two_pages_keeps_what_it_found_and_goes_on_there(self, vendor: FakeHistory) -> None:
        vendor.found = [said(number, minutes_ago=5 + number) for number in range(6)]
        vendor.breaks_at = "4"
        began = mark_after_a_pass()
        assert (count("runs"), place()) == (4, "4")
        vendor.breaks_at, vendor.asked_after = None, []
        assert beat() == "taken in: 0 recordings, 2 messages"
        assert (vendor.asked_after[-1], place(), mark() > began) == ("4", None, True)

    def test_a_page_that_the_vendor_knows_no_more_is_forgotten(self, vendor: FakeHistory) -> None:
        vendor.found = [said(number, minutes_ago=5 + number) for number in range(6)]
        vendor.breaks_at = "4"
        beat()
        vendor.fails = {ACCOUNT_SID: PermanentError("twilio:20001")}
        beat()
        vendor.fails, vendor.breaks_at = {}, None
        assert beat() == "taken in: 0 recordings, 2 messages"
        assert place() is None

    def test_one_item_that_cannot_be_taken_in_keeps_no_other_waiting_and_is_tried_again(
        self, vendor: FakeHistory, monkeypatch: pytest.MonkeyPatch, alarms: list[tuple[str, str]]
    ) -> None:
        beat_hours_ago(3)
        vendor.found = [said(number, minutes_ago=10 + number) for number in range(3)]
        with monkeypatch.context() as broken, capture_logs() as lines:
            broken.setattr(taking_in, "message_form", _bug_with(said(1).sid))
            assert beat() == "taken in: 0 recordings, 2 messages"
        [line] = [line for line in lines if line["event"] == "missed_event_not_taken_in"]
        assert (line["error"], line["subject"]) == ("KeyError", said(1).sid)
        assert CUSTOMER not in str(lines)
        assert alarms == [("missed_events_not_taken_in", "test messages")]
        assert mark() < row("SELECT clock_timestamp() - interval '10 minutes' AS then")["then"], "it will be listed again"
        assert beat() == "taken in: 0 recordings, 1 message"

    def test_an_item_that_can_never_be_taken_in_holds_the_watermark_for_a_day_only(
        self, vendor: FakeHistory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        beat_hours_ago(26)
        vendor.found = [said(1, minutes_ago=60 * 25 + 20)]
        monkeypatch.setattr(taking_in, "message_form", _bug_with(said(1).sid))
        beat()
        assert mark() > row("SELECT clock_timestamp() - interval '10 minutes' AS then")["then"]

    def test_a_fault_of_ours_with_one_account_keeps_no_other_waiting(
        self, vendor: FakeHistory, configured: Callable[..., None], alarms: list[tuple[str, str]]
    ) -> None:
        other = new_account()
        serve(OrganizationFactory.create(slug="other", twilio_account_sid=other).id)
        rows(LONG_AGO)
        configured(TWILIO_ACCOUNTS=json.dumps({other: ["token"]}))
        vendor.found = [said(1)]
        for slug, failing in (("test", ACCOUNT_SID), ("other", other)):
            alarms.clear()
            vendor.fails = {failing: KeyError(CUSTOMER)}
            with capture_logs() as lines:
                assert beat() == "taken in: 0 recordings, 1 message"
            assert [line["error"] for line in lines if line["event"] == "reconciliation_broke_off"] == ["KeyError"] * 2
            assert (CUSTOMER in str(lines), alarms) == (False, [("reconciliation_broke_off", f"{slug} {kind}") for kind in Listed])

    def test_a_pass_ends_before_its_limit_and_before_the_next_one(
        self, configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert 0 < task.work_s() < celeryconfig.RECONCILE_TIME_LIMIT - settings.current().worker_timeout_s
        assert celeryconfig.broker_transport_options["visibility_timeout"] > celeryconfig.RECONCILE_TIME_LIMIT
        configured(WORKER_TIMEOUT_SECONDS=600)
        monkeypatch.setattr(celeryconfig, "RECONCILE_TIME_LIMIT", 3 * 600 + 30)
        assert task.work_s() < celeryconfig.RECONCILE_EVERY_S

    def test_two_schedulers_ask_once(self, vendor: FakeHistory) -> None:
        outcomes = chain.at_once([task.reconcile_all] * 3)
        assert sorted(outcomes)[:2] == ["another scheduler's turn"] * 2
        assert len(vendor.asked) == len(Listed)
