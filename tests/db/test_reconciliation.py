"""Watermarks: where a window begins, that one never goes back, and that a tenant's are its own."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from db import organizations, reconciliation
from db.tables.organizations import OrganizationRow
from domain.healing import Listed
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.histories import new_account
from tests.support.stored import count, row, rows

HALF_AN_HOUR = 1_800.0


@pytest.fixture
def old(organization: OrganizationRow) -> OrganizationRow:
    """An organization that was there long before."""
    rows("UPDATE organizations SET created_at = created_at - interval '30 days' RETURNING id")
    return organization


def _behind_s(moment: datetime, now: datetime) -> float:
    return (now - moment).total_seconds()


def test_the_first_window_is_the_overlap_and_is_remembered(old: OrganizationRow) -> None:
    window = reconciliation.open_window(old.id, Listed.MESSAGES, HALF_AN_HOUR)
    assert _behind_s(window.since, window.until) == pytest.approx(HALF_AN_HOUR, abs=5)
    rows("UPDATE watermarks SET seen_through = seen_through - interval '1 hour' RETURNING kind")
    later = reconciliation.open_window(old.id, Listed.MESSAGES, HALF_AN_HOUR)
    assert _behind_s(later.since, later.until) == pytest.approx(HALF_AN_HOUR + 3_600, abs=60)


def test_no_window_begins_before_the_organization_unless_a_person_says_so(organization: OrganizationRow) -> None:
    window = reconciliation.open_window(organization.id, Listed.MESSAGES, HALF_AN_HOUR)
    assert window.since == row("SELECT created_at FROM organizations")["created_at"]
    named = datetime(2026, 1, 1, tzinfo=UTC)
    assert reconciliation.open_window(organization.id, Listed.MESSAGES, HALF_AN_HOUR, named).since == named


def test_a_later_time_than_usual_leaves_no_gap(old: OrganizationRow) -> None:
    usual = reconciliation.open_window(old.id, Listed.MESSAGES, HALF_AN_HOUR)
    window = reconciliation.open_window(old.id, Listed.MESSAGES, HALF_AN_HOUR, usual.until)
    assert window.since == usual.since


def test_a_watermark_never_goes_back(old: OrganizationRow) -> None:
    window = reconciliation.open_window(old.id, Listed.MESSAGES, HALF_AN_HOUR)
    reconciliation.move_watermark(old.id, Listed.MESSAGES, window.until)
    reconciliation.move_watermark(old.id, Listed.MESSAGES, window.until - timedelta(hours=1))
    assert row("SELECT seen_through FROM watermarks")["seen_through"] == window.until


def test_two_first_windows_at_once_are_one_watermark(old: OrganizationRow) -> None:
    chain.at_once([partial(reconciliation.open_window, old.id, Listed.RECORDINGS, HALF_AN_HOUR)] * 4)
    assert count("watermarks") == 1


def test_a_tenants_events_and_watermarks_are_its_own(old: OrganizationRow) -> None:
    theirs = OrganizationFactory.create()
    chain.store_sms(theirs.id, "SM1")
    chain.store_sms(old.id, "SM2")
    assert reconciliation.find_known(old.id, "twilio", "sms", ["SM1", "SM2", "SM3"]) == {"SM2"}
    assert reconciliation.find_known(old.id, "twilio", "recording_status", ["SM2"]) == frozenset()
    reconciliation.open_window(theirs.id, Listed.MESSAGES, HALF_AN_HOUR)
    before = chain.whole("watermarks")
    window = reconciliation.open_window(old.id, Listed.MESSAGES, HALF_AN_HOUR)
    reconciliation.move_watermark(old.id, Listed.MESSAGES, window.until)
    assert before[0] in chain.whole("watermarks")


def test_accounts_are_found_by_their_sid(old: OrganizationRow) -> None:
    OrganizationFactory.create(twilio_account_sid=new_account())
    [found] = organizations.fetch_accounts([str(old.twilio_account_sid)])
    assert (found.organization_id, found.slug, found.sid) == (old.id, "test", old.twilio_account_sid)
    assert organizations.fetch_accounts([]) == []


def test_a_watermark_that_a_wrong_clock_left_in_the_future_stops_nobody_and_is_told(
    old: OrganizationRow, capsys: pytest.CaptureFixture[str]
) -> None:
    reconciliation.open_window(old.id, Listed.MESSAGES, HALF_AN_HOUR)
    assert "watermark_ahead" not in capsys.readouterr().out
    rows("UPDATE watermarks SET seen_through = clock_timestamp() + interval '1 year' RETURNING kind")
    window = reconciliation.open_window(old.id, Listed.MESSAGES, HALF_AN_HOUR)
    assert _behind_s(window.since, window.until) == pytest.approx(HALF_AN_HOUR, abs=5)
    assert "watermark_ahead" in capsys.readouterr().out
    reached = window.until - timedelta(minutes=10)
    reconciliation.move_watermark(old.id, Listed.MESSAGES, reached)
    assert row("SELECT seen_through FROM watermarks")["seen_through"] == reached
