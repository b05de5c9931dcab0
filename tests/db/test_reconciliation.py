"""Watermarks: where a window begins, that one never goes back, and that a tenant's are its own."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from db import organizations, reconciliation
from db.engine import engine
from db.tables.organizations import OrganizationRow
from domain.deliveries import ORIGIN_HEADER
from domain.healing import Listed
from tests.support import chain
from tests.support.factories import OrganizationFactory
from tests.support.histories import OURS, THEIRS, new_account, serve
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


KINDS = ("sms", "call_status", "recording_status")
MONTH = timedelta(days=30)


def _served(organization: OrganizationRow) -> frozenset[str]:
    return reconciliation.find_served_numbers(organization.id, KINDS, MONTH)


def test_our_numbers_are_those_that_a_webhook_told_of_lately(old: OrganizationRow) -> None:
    assert _served(old) == frozenset()
    for number, name in enumerate((OURS, THEIRS, OURS, THEIRS, OURS)):
        serve(old.id, name, f"CA{number}")
    chain.store_sms(old.id)
    assert _served(old) == {OURS, THEIRS, "+15005550100"}
    rows("UPDATE webhook_events SET received_at = received_at - interval '31 days' WHERE kind = 'call_status' RETURNING id")
    assert _served(old) == {"+15005550100"}


def test_what_we_asked_for_makes_no_number_ours(old: OrganizationRow) -> None:
    serve(old.id, THEIRS, headers={ORIGIN_HEADER: "reconciliation"})
    assert _served(old) == frozenset()


def test_a_report_on_a_message_makes_no_number_ours(old: OrganizationRow) -> None:
    serve(old.id)
    rows("UPDATE webhook_events SET kind = 'message_status' RETURNING id")
    assert _served(old) == frozenset()


def test_an_old_thread_with_a_new_message_is_served_and_an_old_call_is_not(old: OrganizationRow) -> None:
    chain.store_sms(old.id)
    serve(old.id, THEIRS)
    rows("UPDATE conversations SET started_at = started_at - interval '300 days' RETURNING id")
    assert _served(old) == {"+15005550100"}


def test_our_numbers_are_found_through_the_index_however_many_calls_there_were(old: OrganizationRow) -> None:
    """What is read does not grow with the calls: 50 numbers, 20,000 calls."""
    serve(old.id)
    rows(
        "INSERT INTO conversations (id, organization_id, provider, provider_ref, channel, status, our_number)"
        " SELECT gen_random_uuid(), %s, 'twilio', 'CA' || n, 'voice', 'completed', '+1500555' || 1000 + n %% 50"
        " FROM generate_series(1, 20000) AS n RETURNING 1",
        str(old.id),
    )
    rows(
        "INSERT INTO webhook_events (id, organization_id, provider, kind, dedupe_key, subject, conversation_id, headers, body, body_size,"
        " body_sha256, trace_id)"
        " SELECT gen_random_uuid(), organization_id, provider, 'call_status', provider_ref || ':x', provider_ref, id, '{}', '', 0, '', ''"
        " FROM conversations RETURNING 1"
    )
    rows("ANALYZE conversations, webhook_events; SELECT 1 AS done")
    assert len(_served(old)) == 51
    parameters = {"org": old.id, "kinds": list(KINDS), "recent": MONTH, "origin": ORIGIN_HEADER}
    with engine().connect() as connection:
        [plan] = connection.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {reconciliation._SERVED}"), parameters).scalar_one()
    assert _rows_read(plan["Plan"]) < 1_000


def _rows_read(node: dict[str, Any]) -> float:
    """How many rows all scans of a plan looked at."""
    below = sum(_rows_read(child) for child in node.get("Plans", ()))
    looked_at = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return below + (looked_at * node["Actual Loops"] if "Relation Name" in node else 0)


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
