"""Whose past is asked for, how far, and that no order of events makes one of them two."""

import os
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as figures
from hypothesis import strategies as st
from structlog.testing import capture_logs

from db import events, reconciliation
from db.tables.organizations import OrganizationRow
from domain.deliveries import dedupe_key
from domain.errors import RetryableError
from domain.telephony.twilio import ASKED_FOR, CallStatus, RecordingStatus
from providers import registry
from tests.support import chain, database
from tests.support.factories import OrganizationFactory
from tests.support.histories import CUSTOMER, OURS, THEIRS, FakeHistory, recorded, said, serve
from tests.support.passes import LONG_AGO, beat, mark, mark_after_a_pass
from tests.support.signing import ACCOUNT_SID, post_as_twilio
from tests.support.stored import count, row, rows
from webhooks import tenants


class TestHowFar:
    """From where to where."""

    def test_years_of_history_are_not_imported(self, vendor: FakeHistory) -> None:
        vendor.found = [said(1, minutes_ago=25), said(2, minutes_ago=35), said(3, minutes_ago=60 * 24 * 300)]
        assert beat() == "taken in: 0 recordings, 1 message"

    def test_nothing_from_before_the_organization_is(self, vendor: FakeHistory) -> None:
        rows("UPDATE organizations SET created_at = clock_timestamp() - interval '5 minutes' RETURNING id")
        vendor.found = [said(1, minutes_ago=3), said(2, minutes_ago=10)]
        assert beat() == "taken in: 0 recordings, 1 message"

    def test_a_first_hour_in_which_the_vendor_was_away_is_asked_for_too(self, vendor: FakeHistory) -> None:
        vendor.fails[ACCOUNT_SID] = RetryableError("twilio:http_503")
        assert beat() == "taken in: 0 recordings, 0 messages"
        rows("UPDATE watermarks SET seen_through = seen_through - interval '1 hour' RETURNING kind")
        vendor.fails.clear()
        vendor.found = [said(1, minutes_ago=80)]
        assert beat() == "taken in: 0 recordings, 1 message"

    def test_what_the_list_showed_late_is_found_in_the_overlap(self, vendor: FakeHistory) -> None:
        beat()
        vendor.found = [said(1, minutes_ago=20)]
        assert beat() == "taken in: 0 recordings, 1 message"

    def test_a_long_list_is_asked_for_page_by_page_and_known_events_once_a_page(
        self, vendor: FakeHistory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked: list[int] = []
        real = reconciliation.find_known

        def looking(*given: Any) -> frozenset[str]:
            looked.append(len(given[3]))
            return real(*given)

        monkeypatch.setattr(reconciliation, "find_known", looking)
        vendor.found = [said(number) for number in range(7)]
        assert beat() == "taken in: 0 recordings, 7 messages"
        assert looked == [2, 2, 2, 1]

    def test_every_event_is_logged_by_its_ids_alone(self, vendor: FakeHistory) -> None:
        vendor.found = [said(1), recorded(1)]
        with capture_logs() as lines:
            beat()
        taken = [line for line in lines if line["event"] == "missed_event_taken_in"]
        assert [line["kind"] for line in taken] == ["recordings", "messages"]
        assert not any(secret in str(lines) for secret in (CUSTOMER, OURS, said(1).body))

    def test_a_recording_that_failed_is_taken_in_as_its_webhook_would_be(self, vendor: FakeHistory) -> None:
        vendor.found = [recorded(1, status="absent"), recorded(2, status="deleted"), recorded(3, status="unheard-of")]
        assert beat() == "taken in: 1 recording, 0 messages"
        assert row("SELECT status, status_reason FROM transcripts") == {"status": "failed", "status_reason": "recording_absent"}
        assert count("runs") == 0

    def test_who_has_asked_us_to_stop_and_whose_address_is_hidden_is_no_trouble(self, vendor: FakeHistory) -> None:
        odd = said(1)
        vendor.found = [type(odd)("SM2", "inbound", "received", odd.created_at, "", OURS, "x"), odd]
        assert beat() == "taken in: 0 recordings, 1 message"

    def test_when_it_was_said_is_kept(self, vendor: FakeHistory) -> None:
        vendor.found = [said(1, minutes_ago=20), recorded(1, minutes_ago=21)]
        beat()
        ages = [
            float(found["age"]) for found in rows("SELECT EXTRACT(EPOCH FROM created_at - said_at) AS age FROM transcripts ORDER BY source")
        ]
        assert ages == pytest.approx([1_200, 1_260], abs=60)


class TestWhoseItIs:
    """An account has other numbers, whose calls, codes and customers are none of our business."""

    def test_what_was_written_to_another_number_is_left_alone_and_counted(self, vendor: FakeHistory) -> None:
        vendor.found = [said(1), said(2, target=THEIRS), said(3, target=THEIRS)]
        before = mark_after_a_pass()
        with capture_logs() as lines:
            assert beat() == "taken in: 0 recordings, 0 messages"
        assert (count("runs"), mark() > before) == (1, True)
        [line] = [line for line in lines if line["event"] == "account_reconciled" and line["kind"] == "messages"]
        assert (line["listed"], line["taken_in"], line["left_alone"]) == (3, 0, 2)
        assert THEIRS not in str(lines)

    def test_a_recording_of_another_numbers_call_is_left_alone_finished_or_not(self, vendor: FakeHistory) -> None:
        vendor.found = [recorded(1), recorded(2), recorded(3, minutes_ago=15, status="in-progress")]
        vendor.called = {recorded(number).call_sid: THEIRS for number in (2, 3)}
        began = mark_after_a_pass("recordings")
        assert [found["source_ref"] for found in rows("SELECT source_ref FROM transcripts")] == [recorded(1).sid]
        assert beat() == "taken in: 0 recordings, 0 messages"
        assert mark("recordings") > began, "somebody else's call holds no watermark"

    def test_a_recording_of_a_call_that_we_know_is_ours_whatever_its_number(
        self, vendor: FakeHistory, organization: OrganizationRow
    ) -> None:
        vendor.found = [recorded(1)]
        told = RecordingStatus(recorded(1).call_sid, "RE0", "in-progress", None, None)
        events.store_status(organization.id, chain.envelope(told.kind, dedupe_key(told.key)), told.conversation())
        vendor.called = {recorded(1).call_sid: THEIRS}
        assert beat() == "taken in: 1 recording, 0 messages"

    def test_a_number_that_no_webhook_told_of_for_long_is_not_ours_any_more(self, vendor: FakeHistory) -> None:
        rows("UPDATE webhook_events SET received_at = received_at - interval '31 days' RETURNING id")
        vendor.found = [said(1), recorded(1)]
        assert beat() == "taken in: 0 recordings, 0 messages"

    def test_another_organizations_number_is_not_ours(self, vendor: FakeHistory) -> None:
        serve(OrganizationFactory.create(slug="other").id, THEIRS)
        vendor.found = [said(1, target=THEIRS)]
        assert beat() == "taken in: 0 recordings, 0 messages"


SMS, PASS = "sms", "pass"
happenings = st.lists(st.one_of(st.tuples(st.just(SMS), st.integers(0, 2)), st.tuples(st.just(PASS), st.just(0))), max_size=8)


@figures(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings)
def test_whoever_comes_first_each_message_is_one_event_and_one_run(
    app: Flask, monkeypatch: pytest.MonkeyPatch, happening: list[tuple[str, int]]
) -> None:
    database.empty(os.environ["DATABASE_URL"])
    tenants.forget()
    serve(OrganizationFactory.create(slug="test", twilio_account_sid=ACCOUNT_SID).id)
    rows(LONG_AGO)
    monkeypatch.setattr(registry, "history", lambda: FakeHistory(*(said(number) for number in range(3))))
    for what, number in [*happening, (PASS, 0)]:
        if what == PASS:
            beat()
        else:
            told = said(number)
            fields = {"MessageSid": told.sid, "From": CUSTOMER, "To": OURS, "Body": told.body}
            assert post_as_twilio(app.test_client(), "/webhooks/twilio/sms", fields.items()).status_code == 200
    assert rows("SELECT dedupe_key FROM webhook_events WHERE kind = 'sms' ORDER BY 1") == [
        {"dedupe_key": said(number).sid} for number in range(3)
    ]
    assert (count("runs"), count("transcripts"), count("conversations WHERE channel = 'sms'")) == (3, 3, 1)
    # a pass repeats nothing; what came twice came from outside
    first_pass = [*happening, (PASS, 0)].index((PASS, 0))
    unasked = set(happening[:first_pass])
    assert row("SELECT sum(duplicate_count) AS n FROM webhook_events")["n"] == sum(what == SMS for what, _ in happening) - len(unasked)


@pytest.mark.parametrize("first", range(5))
def test_the_reading_of_a_call_is_outranked_by_every_event_in_any_order(organization: OrganizationRow, first: int) -> None:
    """I7: the same final row, whenever it was asked for."""
    told = [("ringing", 1), ("in-progress", 2), ("completed", 3), ("completed", ASKED_FOR), ("in-progress", ASKED_FOR)]
    for order in list(permutations(told))[first::24]:
        sid = f"CA{uuid4().hex}"
        for status, sequence in order:
            event = CallStatus(sid, status, sequence, "inbound", CUSTOMER, OURS, 12 if status == "completed" else None)
            events.store_status(organization.id, chain.envelope(event.kind, dedupe_key(event.key)), event.conversation())
        final = row("SELECT status, sequence, duration_seconds FROM conversations WHERE provider_ref = %s", sid)
        assert final == {"status": "completed", "sequence": 3, "duration_seconds": 12}
