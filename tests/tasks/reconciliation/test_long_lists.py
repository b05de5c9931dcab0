"""Lists that are longer than a pass."""

import json
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from domain.healing import Listed
from tasks.reconciliation import listing, task
from tests.support.factories import OrganizationFactory
from tests.support.histories import THEIRS, FakeHistory, new_account, recorded, said, serve
from tests.support.passes import beat, beat_hours_ago, mark, mark_after_a_pass, place, place_through
from tests.support.signing import ACCOUNT_SID
from tests.support.stored import count


class TestTime:
    """A list that is longer than a pass comes to its end all the same."""

    @pytest.fixture(autouse=True)
    def _no_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every list has time for one page of two in a pass."""
        monkeypatch.setattr(task, "_share", lambda *_: 0.0)

    def test_pass_by_pass_all_is_taken_in_and_only_then_the_watermark_moves(
        self, vendor: FakeHistory, alarms: list[tuple[str, str]]
    ) -> None:
        vendor.found = [said(number, minutes_ago=5 + number) for number in range(7)]
        outcomes = [mark_after_a_pass() and count("runs")]
        began = mark()
        while place():
            beat()
            outcomes.append(count("runs"))
            assert (mark() == began) is bool(place())
        assert outcomes == [2, 4, 6, 7]
        assert alarms == [("history_cut_off", "test messages")] * 3

    def test_what_comes_meanwhile_is_not_passed_over(self, vendor: FakeHistory) -> None:
        vendor.found = [said(number, minutes_ago=5 + number) for number in range(5)]
        beat()
        first = place_through()
        vendor.found.append(said(9, minutes_ago=2))
        for _ in range(6):
            beat()
        assert count("runs") == 6
        assert mark() > first

    def test_what_is_still_open_in_one_part_holds_the_watermark_in_the_end(self, vendor: FakeHistory) -> None:
        beat_hours_ago(3)
        under_way = recorded(0, minutes_ago=6, status="in-progress")
        vendor.found = [under_way, *(recorded(number, minutes_ago=6 + number) for number in range(1, 5))]
        while beat() and place("recordings"):
            pass
        assert (count("runs"), mark("recordings")) == (4, under_way.created_at)

    def test_recordings_of_other_numbers_are_no_reason_to_stand_still(self, vendor: FakeHistory) -> None:
        vendor.found = [recorded(number, minutes_ago=5 + number) for number in range(9)]
        vendor.called = {recorded(number).call_sid: THEIRS for number in range(8)}
        for _ in range(5):
            beat()
        assert (count("runs"), place("recordings")) == (1, None)
        assert len(vendor.calls_asked) == 9

    def test_the_log_says_how_to_get_the_rest_now(self, vendor: FakeHistory) -> None:
        vendor.found = [said(number, minutes_ago=10 + number) for number in range(7)]
        with capture_logs() as lines:
            assert beat() == "taken in: 0 recordings, 2 messages"
        [line] = [line for line in lines if line["log_level"] == "error"]
        assert (line["event"], line["account"], line["kind"]) == ("history_cut_off", ACCOUNT_SID, "messages")
        assert "celery -A tasks reconcile --org test --since 20" in line["next"]
        [account] = task.accounts()
        [*_, rest] = listing.reconcile(account, Listed.MESSAGES)
        assert (rest.listed, rest.taken_in, rest.has_more, place()) == (7, 5, False, None)

    def test_a_pass_without_time_for_all_lists_says_so_and_begins_with_the_others_next_time(
        self, vendor: FakeHistory, monkeypatch: pytest.MonkeyPatch, configured: Callable[..., None], alarms: list[tuple[str, str]]
    ) -> None:
        other = new_account()
        serve(OrganizationFactory.create(slug="other", twilio_account_sid=other).id)
        configured(TWILIO_ACCOUNTS=json.dumps({other: ["token"]}))
        monkeypatch.setattr(task, "work_s", lambda: 0.0)
        for _ in range(4):
            beat()
        assert set(vendor.asked) == {ACCOUNT_SID, other}
        assert alarms[0] == ("reconciliation_out_of_time", "plant.reconcile")
