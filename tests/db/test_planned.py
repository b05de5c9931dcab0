"""Statements that the server has planned once: found by index in a large house and in one that fills up, and made anew in time."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from db import events, planned
from db.driver import ask, borrowed
from db.engine import engine
from db.one_trip import Statement, commit
from db.tables.organizations import OrganizationRow
from domain.chain import STAGES, Stage
from domain.errors import StoreUnavailable
from domain.runs import Claim, Onward
from tests.support import chain, database, visits
from tests.support.stored import count

BIG = (
    "webhook_events", "transcripts", "conversations", "runs", "run_steps", "utterances", "analyses", "replies", "effects",
    "organizations", "organization_versions",
)  # fmt: skip
ROWS = 3_000
_FILL = """
WITH call AS (
    INSERT INTO conversations (id, organization_id, provider, provider_ref, channel, status)
    SELECT gen_random_uuid(), :org, 'twilio', n::text, 'sms', 'completed' FROM generate_series(1, :rows) AS n RETURNING id
), words AS (
    INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status)
    SELECT gen_random_uuid(), :org, id, 1, 'sms', id::text, 'completed' FROM call RETURNING id, conversation_id
), event AS (
    INSERT INTO webhook_events (id, organization_id, provider, kind, dedupe_key, subject, conversation_id, transcript_id, headers, body,
        body_size, body_sha256, trace_id)
    SELECT gen_random_uuid(), :org, 'twilio', 'sms', id::text, id::text, conversation_id, id, '{}', '', 0, '', '' FROM words
), run AS (
    INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, next_publish_at, trace_id, state)
    SELECT gen_random_uuid(), :org, conversation_id, id, 1, clock_timestamp(), '', 'done' FROM words
    RETURNING id, conversation_id, transcript_id
), step AS (
    INSERT INTO run_steps (run_id, stage, organization_id, attempts, queued_at, started_at, worker)
    SELECT id, 'transcribe', :org, 1, now(), now(), 'w' FROM run
), said AS (
    INSERT INTO utterances (run_id, organization_id, seq, speaker, start_ms, end_ms, text, channel)
    SELECT id, :org, 0, 0, 0, 1, '', 0 FROM run
), found AS (
    INSERT INTO analyses (run_id, organization_id, roles, role_confidence, intent, intent_confidence, sentiment, summary, intake, safety,
        engine, model) SELECT id, :org, '{}', 1, '', 1, '', '', '{}', '[]', '', '' FROM run
), tenant AS (
    INSERT INTO organizations (id, slug, name) SELECT gen_random_uuid(), n::text, '' FROM generate_series(1, :rows) AS n
), version AS (
    INSERT INTO organization_versions (organization_id, version, name, vertical, settings, changed_by)
    SELECT :org, n, '', 'general', '{}', '' FROM generate_series(2, :rows) AS n
), reply AS (
    INSERT INTO replies (run_id, organization_id, text, channel, engine, model, usage) SELECT id, :org, '', 'sms', '', '', '{}' FROM run
)
INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, target, body, trace_id, state,
    next_publish_at)
SELECT gen_random_uuid(), :org, conversation_id, transcript_id, id, id::text, 'sms', '', '', '', 'sent', now() FROM run
"""


@pytest.fixture
def crowded(organization: OrganizationRow) -> OrganizationRow:
    """Thousands of finished conversations, and statistics that know it; nothing has been planned yet."""
    with engine().begin() as connection:
        connection.execute(text(_FILL), {"org": organization.id, "rows": ROWS})
    database.vacuum(*BIG)
    engine().dispose()  # nothing has been planned yet
    return organization


def _plans() -> dict[str, str]:
    """What stands on the connection that was used last, each statement with its plan."""
    with borrowed() as held:
        stand = ask(held, "SELECT name, statement, cardinality(parameter_types) AS values FROM pg_prepared_statements")
        return {
            each.statement: "\n".join(row[0] for row in ask(held, f"EXPLAIN EXECUTE {each.name}{_nothing(each.values)}")) for each in stand
        }


def _nothing(values: int) -> str:
    return f" ({', '.join(['NULL'] * values)})" if values else ""


def _whole_life(organization: UUID) -> None:
    stored = chain.store_sms(organization, "SM1")
    assert stored.run_id
    chain.bring_to(stored.run_id, Stage.PERSIST)
    chain.record(chain.claim(stored.run_id, Stage.PERSIST))
    recording = chain.store_recording(organization)
    assert recording.transcript_id
    chain.store_callback(organization, recording.transcript_id)
    _at_once(organization)


def _at_once(organization: UUID) -> None:
    """A run whose steps follow each other in one process."""
    stored = chain.store_sms(organization, "SM2")
    assert stored.run_id
    held: Claim | None = chain.claim(stored.run_id)
    for stage in STAGES[1:]:
        assert held
        held = chain.record(held, onward=Onward(stage, 30.0, "worker@test"))
    assert held
    chain.record(held)


def test_whatever_is_asked_for_each_webhook_and_each_step_is_found_by_index(crowded: OrganizationRow) -> None:
    _whole_life(crowded.id)
    plans = _plans()
    assert len(plans) > 15, "the front's statements and a chain's"
    walks = {statement: plan for statement, plan in plans.items() if any(f"Seq Scan on {table}" in plan for table in BIG)}
    assert walks == {}


def test_a_house_that_fills_up_unanalyzed_is_not_searched_from_end_to_end(organization: OrganizationRow) -> None:
    for number in range(max(planned.AGAIN_AT) + 2):
        chain.store_sms(organization.id, f"SM{number}", conversation=f"thread {number}")
    [plan] = [plan for statement, plan in _plans().items() if "INSERT INTO runs" in statement]
    assert "ix_runs_transcript_id" in plan
    assert "uq_transcripts_organization_id_source_source_ref" in plan
    assert "_created_at" not in plan


def test_a_plan_is_made_anew_before_it_is_old(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Statement("SELECT count(*) AS n FROM organizations WHERE id = :id", {"id": organization.id})
    for _ in range(2):
        commit(mine)
    with visits.counted() as young:
        commit(mine)
    monkeypatch.setattr(planned, "STANDS_S", -1.0)
    with visits.counted() as old:
        assert commit(mine)[0].n == 1
    assert (len(young), len(old)) == (1, 2)


@pytest.mark.parametrize(
    "broken",
    [lambda: commit(Statement("SELECT 1 / :zero", {"zero": 0})), lambda: commit(Statement("SELECT nothing FROM nowhere", {}))],
    ids=["in its course", "before it"],
)
def test_a_statement_that_fails_leaves_the_others_planned(organization: OrganizationRow, broken: Callable[[], Any]) -> None:
    mine = Statement("SELECT name FROM organizations WHERE id = :id", {"id": organization.id})
    commit(mine)
    with pytest.raises(Exception):  # noqa: B017, PT011 - LeaseLost or the database's own word
        broken()
    with visits.counted() as seen:
        assert commit(mine)[0].name == organization.name
    assert len(seen) == 1


def test_values_are_never_taken_for_words_of_the_statement(organization: OrganizationRow) -> None:
    odd = "'; DROP TABLE runs; -- :org %s $1 \\"
    stored = events.store_notice(organization.id, chain.envelope("notice", odd, odd.encode()))
    assert stored.fresh
    assert commit(Statement("SELECT subject FROM webhook_events WHERE id = :id", {"id": stored.event_id}))[0].subject == odd
    assert count("runs") == 0
    assert commit(Statement("SELECT CAST(:id AS uuid) AS id", {"id": uuid4()}))


def test_a_plan_that_could_not_be_made_anew_is_made_when_it_can(organization: OrganizationRow, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for whoever locks the table, and the old one is gone by then."""
    mine = Statement("SELECT name FROM organizations WHERE id = :id", {"id": organization.id})
    monkeypatch.setattr("db.driver.engine", chain.impatient_engine)
    commit(mine)
    monkeypatch.setattr(planned, "STANDS_S", -1.0)
    with chain.holding("LOCK TABLE organizations"), pytest.raises(StoreUnavailable):
        commit(mine)
    assert commit(mine)[0].name == organization.name


@pytest.mark.parametrize("behind_our_back", ["DEALLOCATE ALL", "PREPARE {name} AS SELECT 1"], ids=["gone", "there"])
def test_a_connection_that_does_not_know_what_we_believe_is_left(organization: OrganizationRow, behind_our_back: str) -> None:
    assert chain.store_sms(organization.id, "SM1").fresh
    with borrowed() as held:
        plans = held.info[planned._KNOWN]
        name = next(reversed(plans))
        ask(held, "DEALLOCATE ALL")
        if "PREPARE" in behind_our_back:
            ask(held, behind_our_back.format(name=name))
            plans.clear()
    assert chain.store_sms(organization.id, "SM2").fresh
