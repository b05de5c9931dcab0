"""What the last hour was like: each figure moves with what happened, only with that hour's, and costs no more in a house that is old."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from db.engine import engine
from db.plant import trends
from db.tables.base import first_id
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.speech import Urgency
from tests.support import chain
from tests.support.factories import EffectFactory
from tests.support.stored import row, rows

BIG = {"transcripts", "runs", "run_steps", "utterances", "analyses", "effects"}
MANY = 5_000


def _worked(organization: OrganizationRow, ref: str = "SM1", urgency: Urgency = Urgency.NORMAL) -> UUID:
    """A message that has come as far as its reply."""
    stored = chain.store_sms(organization.id, ref, conversation=ref)
    assert stored.run_id
    chain.record(chain.claim(stored.run_id))
    chain.record(chain.claim(stored.run_id, Stage.CLASSIFY_SPEAKERS), urgency)
    return stored.run_id


def test_a_run_is_counted_with_its_steps_words_and_findings(organization: OrganizationRow) -> None:
    _worked(organization, urgency=Urgency.EMERGENCY)
    read = trends.read()
    assert read.runs == {("live", "ready"): 1}
    [(speech, _)] = read.transcripts
    assert speech == "completed"
    assert set(read.worked_s) == {(stage, q) for stage in ("transcribe", "classify_speakers") for q in ("0.5", "0.95", "0.99")}
    assert all(seconds >= 0 for seconds in [*read.worked_s.values(), *read.waited_s.values()])
    assert read.findings == {("emergency",): 1}
    assert (read.heard["0.8",], read.heard["0.9",], read.heard["+Inf",]) == (0, 1, 1), "it was recognized with 0.9"


def test_a_dead_run_that_a_person_dismissed_is_dead_no_more(organization: OrganizationRow) -> None:
    run_id = _worked(organization)
    rows("UPDATE runs SET state = 'dead', last_error = 'x', degraded = TRUE, finished_at = clock_timestamp() RETURNING id")
    read = trends.read()
    assert (read.runs, read.degraded) == ({("live", "dead"): 1}, 1)
    rows("UPDATE runs SET settled_at = clock_timestamp(), settled_by = 'me' WHERE id = %s RETURNING id", str(run_id))
    assert trends.read().runs == {("live", "dismissed"): 1}


def test_what_vendors_counted_cost_and_answered_from_memory(organization: OrganizationRow) -> None:
    _worked(organization)
    _worked(organization, "SM2")
    classified = "stage = 'classify_speakers'"
    rows(f"UPDATE run_steps SET provider = 'openai', usage = '{{\"input_tokens\": 7}}', price_usd = 0.25 WHERE {classified} RETURNING 1")  # noqa: S608 - our own words
    assert (trends.read().usage["openai", "input_tokens"], trends.read().price_usd["openai",]) == (14, 0.5)
    assert trends.read().answers == {("asked",): 2}
    rows(
        "UPDATE run_steps SET usage = '{\"saved_input_tokens\": 7}' WHERE (run_id, stage) IN"
        " (SELECT run_id, stage FROM run_steps WHERE stage = 'classify_speakers' LIMIT 1) RETURNING 1"
    )
    assert trends.read().answers == {("asked",): 1, ("kept",): 1}


def test_a_message_that_never_reached_its_telephone_was_not_just_sent() -> None:
    EffectFactory.create(kind="escalation", state="sent")
    EffectFactory.create(kind="escalation", state="sent", delivery="undelivered")
    EffectFactory.create(kind="sms", state="failed")
    found = {("escalation", "sent"): 1, ("escalation", "undelivered"): 1, ("sms", "failed"): 1}
    assert trends.read().effects == found


@pytest.mark.parametrize(("submissions", "came"), [(1, "arrived"), (2, "resubmitted")])
def test_callbacks_are_awaited_until_the_words_are_there(organization: OrganizationRow, submissions: int, came: str) -> None:
    stored = chain.store_recording(organization.id)
    assert stored.run_id
    chain.claim(stored.run_id)
    rows("UPDATE run_steps SET submission = %s RETURNING 1", submissions)
    assert trends.read().callbacks == {("awaited",): 1}
    rows("UPDATE runs SET stage = 'classify_speakers' RETURNING id")
    assert trends.read().callbacks == {(came,): 1}
    rows("UPDATE runs SET stage = 'transcribe', state = 'dead', last_error = 'x', finished_at = clock_timestamp() RETURNING id")
    assert trends.read().callbacks == {("lost",): 1}


def test_an_old_house_is_not_read_through(organization: OrganizationRow) -> None:
    """No figure reads a big table from end to end: what is older than the hour is left where it is."""
    _worked(organization)
    for number in range(1, 4):
        _multiply(organization, number)
    rows("ANALYZE")
    since = str(first_id(datetime.now(UTC) - trends.WINDOW))
    with engine().connect() as connection:
        for statement in trends.STATEMENTS:
            plan = "\n".join(
                str(line)
                for (line,) in connection.execute(text(f"EXPLAIN {statement}"), {"since": since, "bounds": list(trends.CONFIDENCE)})
            )
            assert [table for table in BIG if f"Seq Scan on {table}" in plan] == [], plan
    assert row("SELECT count(*) AS n FROM run_steps")["n"] > 3 * MANY
    assert trends.read().runs == {("live", "ready"): 1}


def _multiply(organization: OrganizationRow, number: int) -> None:
    """So many runs of long ago, as the one that there is."""
    first = str(first_id(datetime.now(UTC) - timedelta(days=number)))[:24]
    old = f"CAST('{first}' || lpad(to_hex(n), 12, '0') AS uuid)"
    there = f"FROM generate_series(1, {MANY}) AS n, LATERAL"
    rows(
        "INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status)"  # noqa: S608 - our own words
        f" SELECT {old}, t.organization_id, t.conversation_id, n + 1 + {number} * {MANY}, 'sms', '{number}:' || n, 'completed'"
        f" {there} (SELECT * FROM transcripts LIMIT 1) AS t RETURNING 1"
    )
    rows(
        "INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, trace_id, state, next_publish_at)"  # noqa: S608 - our own words
        f" SELECT {old}, r.organization_id, r.conversation_id, {old}, r.turn, 'old', 'done', clock_timestamp()"
        f" {there} (SELECT * FROM runs WHERE trace_id <> 'old' LIMIT 1) AS r RETURNING 1"
    )
    rows(
        "INSERT INTO run_steps (run_id, stage, organization_id, finished_at)"  # noqa: S608 - our own words
        f" SELECT {old}, 'transcribe', o.id, clock_timestamp() {there} (SELECT id FROM organizations LIMIT 1) AS o RETURNING 1"
    )
    rows(
        "INSERT INTO utterances (run_id, organization_id, seq, speaker, start_ms, end_ms, text, confidence)"  # noqa: S608 - our own words
        f" SELECT {old}, o.id, 0, 0, 0, 1, 'x', 0.5 {there} (SELECT id FROM organizations LIMIT 1) AS o RETURNING 1"
    )
    rows(
        "INSERT INTO analyses (run_id, organization_id, roles, role_confidence, intent, intent_confidence, engine, model)"  # noqa: S608 - our own words
        f" SELECT {old}, o.id, '{{}}', 1, 'x', 1, 'local', 'x' {there} (SELECT id FROM organizations LIMIT 1) AS o RETURNING 1"
    )
    rows(
        "INSERT INTO effects (id, organization_id, conversation_id, effect_key, kind, target, body, state, next_publish_at, trace_id)"  # noqa: S608 - our own words
        f" SELECT {old}, t.organization_id, t.conversation_id, 'old:{number}:' || n, 'sms', 'x', 'x', 'sent', clock_timestamp(), 'old'"
        f" {there} (SELECT * FROM transcripts LIMIT 1) AS t RETURNING 1"
    )
