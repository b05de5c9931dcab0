"""A delivery and the state that it implies are one commit (I1), whoever else delivers at the same moment."""

import hashlib
import os
from functools import partial
from unittest.mock import Mock
from uuid import uuid4

import pytest
from sqlalchemy import text

from db import events
from db.engine import FRONT, engine, use
from db.tables.organizations import OrganizationRow
from domain.chain import Source, Stage
from domain.deliveries import TranscriptSeed
from domain.errors import StoreUnavailable
from domain.statuses import ConversationStatus, TranscriptStatus
from tests.support import chain
from tests.support.factories import OrganizationFactory, RunFactory
from tests.support.stored import count, row, rows

_SAME_EVENT = """
INSERT INTO webhook_events (id, organization_id, provider, kind, dedupe_key, subject, headers, body, body_size, body_sha256, trace_id)
VALUES (%s, %s, 'twilio', 'sms', 'SM1', 'SM1', '{}', '', 0, '', 'trace')
"""


def test_an_sms_is_stored_as_event_conversation_transcript_and_run_at_once(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    event = row("SELECT conversation_id, transcript_id, subject FROM webhook_events")
    assert event == {"conversation_id": str(stored.conversation_id), "transcript_id": str(stored.transcript_id), "subject": "SM1"}
    run = row("SELECT id, state, stage, turn, attempts, purpose FROM runs")
    assert run == {"id": str(stored.run_id), "state": "ready", "stage": "transcribe", "turn": 1, "attempts": 0, "purpose": "live"}
    assert stored.fresh


def test_a_fresh_run_is_left_to_the_first_publish_for_three_seconds(organization: OrganizationRow) -> None:
    run_id = chain.store_sms(organization.id).run_id
    assert run_id
    assert 2 < chain.seconds_from_now(chain.run_row(run_id), "next_publish_at") <= 3


def test_a_delivery_that_cannot_be_completed_leaves_nothing_behind(organization: OrganizationRow) -> None:
    use(FRONT)
    # somebody holds the event's key: the statement dies in its middle, after conversation and transcript, before event and run
    with chain.holding(_SAME_EVENT, str(uuid4()), str(organization.id)), pytest.raises(StoreUnavailable):
        chain.store_sms(organization.id)
    assert [count(table) for table in ("conversations", "transcripts", "runs")] == [0, 0, 0]


def test_a_repeated_delivery_is_counted_and_opens_no_second_run(organization: OrganizationRow) -> None:
    first, second, third = (chain.store_sms(organization.id) for _ in range(3))
    assert (first.fresh, second.fresh, third.fresh) == (True, False, False)
    assert (second.event_id, second.transcript_id, second.run_id) == (first.event_id, first.transcript_id, None)
    assert row("SELECT duplicate_count FROM webhook_events") == {"duplicate_count": 2}
    assert count("runs") == count("transcripts") == 1


def test_a_repeated_delivery_opens_no_run_after_the_first_one_is_done(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.run_id
    for stage in Stage:
        chain.record(chain.claim(stored.run_id, stage))
    assert chain.store_sms(organization.id).run_id is None
    assert count("runs") == 1


@pytest.mark.parametrize("copies", [2, 8])
def test_identical_deliveries_at_the_same_moment_are_one(organization: OrganizationRow, copies: int) -> None:
    stored = chain.at_once([partial(chain.store_sms, organization.id)] * copies)
    assert sum(answer.fresh for answer in stored) == 1
    assert len([answer for answer in stored if answer.run_id]) == 1
    assert row("SELECT duplicate_count FROM webhook_events")["duplicate_count"] == copies - 1
    assert count("conversations") == count("transcripts") == count("runs") == 1


def test_a_duplicate_that_waited_for_the_first_opens_no_second_run(organization: OrganizationRow) -> None:
    """The duplicate's snapshot is older than the commit that it waited for: only the unique keys can tell it."""
    chain.store_sms(organization.id, "SM0")
    with chain.holding("SELECT FROM conversations FOR UPDATE"):
        waiting = chain.started([partial(chain.store_sms, organization.id)] * 3)
        chain.until_blocked(3)
    stored = [future.result(10) for future in waiting]
    assert sum(answer.fresh for answer in stored) == 1
    assert row("SELECT count(*) AS n FROM runs JOIN transcripts AS t ON t.id = transcript_id WHERE t.source_ref = 'SM1'") == {"n": 1}


def test_turns_of_one_thread_are_distinct_under_concurrency(organization: OrganizationRow) -> None:
    chain.at_once([partial(chain.store_sms, organization.id, f"SM{number}") for number in range(10)])
    assert [found["turn"] for found in rows("SELECT turn FROM transcripts ORDER BY turn")] == list(range(1, 11))
    assert rows("SELECT FROM runs JOIN transcripts AS t ON t.id = transcript_id WHERE runs.turn <> t.turn") == []


def test_turns_increase_in_the_order_of_receipt(organization: OrganizationRow) -> None:
    for number in range(4):
        chain.store_sms(organization.id, f"SM{number}")
        chain.store_sms(organization.id, f"SM{number}")
    found = rows("SELECT source_ref, turn FROM transcripts ORDER BY turn")
    assert [(item["source_ref"], item["turn"]) for item in found] == [("SM0", 1), ("SM1", 2), ("SM2", 3), ("SM3", 4)]


def test_a_second_event_of_the_same_recording_takes_no_turn(organization: OrganizationRow) -> None:
    chain.store_recording(organization.id, status="absent")
    chain.store_recording(organization.id, status="completed")
    assert row("SELECT turns FROM conversations") == {"turns": 1}


def test_two_organizations_may_have_the_same_vendor_ids(organization: OrganizationRow) -> None:
    other = OrganizationFactory.create()
    stored = [chain.store_sms(organization.id), chain.store_sms(other.id)]
    assert all(answer.fresh and answer.run_id for answer in stored)
    assert len({answer.conversation_id for answer in stored}) == 2
    assert rows("SELECT FROM runs JOIN transcripts AS t ON t.id = transcript_id WHERE t.organization_id <> runs.organization_id") == []


@pytest.mark.parametrize("size", [0, 1, 200_000, 10 * 1024 * 1024])
def test_a_body_comes_back_byte_for_byte(organization: OrganizationRow, size: int) -> None:
    body = os.urandom(size // 2) + b"\x00 word" * (size // 12)
    stored = chain.store_sms(organization.id, body=body)
    assert stored.transcript_id
    assert events.fetch_body(organization.id, stored.transcript_id, ("sms",)) == body
    event = row("SELECT body_size, body_sha256 FROM webhook_events")
    assert (event["body_size"], bytes(event["body_sha256"])) == (len(body), hashlib.sha256(body).digest())


def test_a_body_is_not_shown_to_another_organization(organization: OrganizationRow) -> None:
    stored = chain.store_sms(organization.id)
    assert stored.transcript_id
    assert events.fetch_body(OrganizationFactory.create().id, stored.transcript_id, ("sms",)) is None


def test_headers_and_trace_id_are_kept_with_the_event(organization: OrganizationRow) -> None:
    delivery = chain.envelope("sms", "SM1")
    seed = TranscriptSeed(Source.SMS, "SM1", TranscriptStatus.COMPLETED, opens_run=True)
    events.store_words(organization.id, delivery, chain.thread(), seed)
    found = row("SELECT e.headers, e.trace_id, r.trace_id AS of_run FROM webhook_events AS e JOIN runs AS r USING (transcript_id)")
    assert found == {"headers": {"Content-Type": "text/plain"}, "trace_id": delivery.trace_id, "of_run": delivery.trace_id}


def test_words_that_open_no_run_wait_for_nobody(organization: OrganizationRow) -> None:
    stored = chain.store_recording(organization.id, status="absent")
    assert stored.run_id is None
    assert count("runs") == 0
    assert row("SELECT status, status_reason FROM transcripts") == {"status": "failed", "status_reason": "recording_absent"}


def test_a_status_moves_a_call_and_opens_no_run(organization: OrganizationRow) -> None:
    seed = chain.call("CA1", ConversationStatus.RINGING, "ringing", 1)
    stored = events.store_status(organization.id, chain.envelope("call_status", "CA1:ringing"), seed)
    assert (stored.transcript_id, stored.run_id) == (None, None)
    assert row("SELECT status, turns FROM conversations") == {"status": "ringing", "turns": 0}
    assert count("runs") == 0


def test_the_first_words_of_a_call_that_was_announced_are_turn_one(organization: OrganizationRow) -> None:
    seed = chain.call("CARE1", ConversationStatus.COMPLETED, "completed", 3)
    events.store_status(organization.id, chain.envelope("call_status", "CARE1:completed"), seed)
    chain.store_recording(organization.id, "RE1")
    found = row("SELECT c.status, turns, turn FROM conversations AS c JOIN transcripts AS t ON t.conversation_id = c.id")
    assert found == {"status": "completed", "turns": 1, "turn": 1}


def test_an_outage_is_reported_without_statement_or_words(organization: OrganizationRow) -> None:
    use(FRONT)
    with chain.holding("LOCK TABLE conversations"), pytest.raises(StoreUnavailable) as raised:
        chain.store_sms(organization.id, body=b"Body=canary")
    assert str(raised.value) in {"database:LockNotAvailable:55P03", "database:QueryCanceled:57014"}
    assert raised.value.__cause__ is None


def test_a_run_of_another_transcript_is_left_alone(organization: OrganizationRow) -> None:
    other = RunFactory.create(organization_id=organization.id)
    before = chain.run_row(other.id)
    chain.store_sms(organization.id, f"SM{uuid4().hex}")
    assert chain.run_row(other.id) | {"now": None} == before | {"now": None}


def test_a_copy_that_waited_until_the_run_was_finished_opens_no_second_one(
    organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its snapshot is older than the first run, and the unique index holds open runs only."""
    with monkeypatch.context() as patched:
        patched.setattr(events, "send", store := Mock(side_effect=StoreUnavailable))
        with pytest.raises(StoreUnavailable):
            chain.store_sms(organization.id)
    statement, parameters = store.call_args.args
    with engine().begin() as first:
        first.execute(text(statement), parameters)
        (copy,) = chain.started([partial(chain.store_sms, organization.id)])
        chain.until_blocked()
        first.execute(text("UPDATE runs SET state = 'done', finished_at = clock_timestamp()"))

    assert not copy.result(5).fresh
    assert count("runs") == 1
