"""A thread of years costs what one of today does: no query of a message's way reads it to its beginning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

import settings
from db import ledger, planned, work
from db.engine import engine
from db.one_trip import Statement
from db.plant import effects
from db.results import publish
from db.tables.organizations import OrganizationRow
from domain.chain import Stage
from domain.runs import Claim, Publication
from domain.telephony.threads import HISTORY_LOOKS_BACK, HISTORY_TURNS
from tests.support import chain, database
from tests.support.database import connected
from tests.support.stored import row, rows

SHORT, LONG = 5, 2_000
_TURNS = """
WITH words AS (
    INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status, created_at)
    SELECT gen_random_uuid(), :org, :thread, n, 'sms', CAST(:thread AS text) || n, 'completed',
        clock_timestamp() - (:turns + 1 - n) * interval '1 day'
    FROM generate_series(1, :turns) AS n RETURNING id, turn, created_at
), run AS (
    INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, next_publish_at, trace_id, state)
    SELECT gen_random_uuid(), :org, :thread, id, turn, clock_timestamp(), '', 'done' FROM words RETURNING id, transcript_id
), said AS (
    INSERT INTO utterances (run_id, organization_id, seq, speaker, start_ms, end_ms, text, channel)
    SELECT id, :org, 0, 0, 0, 1, '', 0 FROM run
), counted AS (
    UPDATE conversations SET turns = :turns WHERE id = :thread
)
INSERT INTO effects (id, organization_id, conversation_id, transcript_id, run_id, effect_key, kind, target, body, trace_id, state,
    next_publish_at, created_at)
SELECT gen_random_uuid(), :org, :thread, words.id, run.id, concat_ws(':', 'transcript', words.id, 'sms'), 'sms', '', '', '', 'sent',
    clock_timestamp(), words.created_at
FROM words JOIN run ON run.transcript_id = words.id
"""
_OTHERS = """
INSERT INTO conversations (id, organization_id, provider, provider_ref, channel, status)
SELECT gen_random_uuid(), :org, 'twilio', 'other ' || n, 'sms', 'completed' FROM generate_series(1, 50) AS n RETURNING id
"""
_EMPTY = """
INSERT INTO conversations (id, organization_id, provider, provider_ref, channel, status, our_number, their_number)
VALUES (:id, :org, 'twilio', :ref, 'sms', 'in_progress', '+15005550100', '+15005550199')
"""


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread with old turns, each answered, and its newest message, whose reply is in the ledger as yet unsent."""

    newest: Claim
    effect: UUID

    def statements(self) -> dict[str, Statement]:
        """What a message asks of the thread on its way through the house."""
        mine: dict[str, object] = {"org": self.newest.organization_id, "transcript": self.newest.transcript_id, "run": self.newest.run_id}
        return {
            "history": Statement(work._CONTEXTS[Stage.GENERATE_REPLY], mine | {"version": 1, "known": True, "batch": None}),
            "entering": ledger.entered(self.newest, (chain.sms(self.newest.transcript_id),)),
            "superseding": Statement(effects._SUPERSEDE, {"effect": self.effect}),
            "claiming": Statement(effects._CLAIM, {"effect": self.effect, "lease_s": 30.0, "worker": "w"}),
        }


STATEMENTS = ("history", "entering", "superseding", "claiming")


def _filled(organization_id: UUID, turns: int) -> Thread:
    thread = chain.thread(f"thread of {turns}")
    with engine().begin() as connection:
        told = {"org": organization_id, "id": uuid4(), "ref": thread.ref}
        connection.execute(text(_EMPTY), told)
        connection.execute(text(_TURNS), {"org": organization_id, "thread": told["id"], "turns": turns})
        connection.execute(text("UPDATE transcripts SET current_run_id = r.id FROM runs AS r WHERE r.transcript_id = transcripts.id"))
    stored = chain.store_sms(organization_id, f"SM newest {turns}", conversation=thread.ref)
    assert (stored.conversation_id, row("SELECT max(turn) AS turn FROM transcripts")["turn"]) == (told["id"], turns + 1)
    assert stored.run_id
    assert stored.transcript_id
    chain.bring_to(stored.run_id, Stage.PERSIST)
    held = chain.claim(stored.run_id, Stage.PERSIST)
    [bell] = publish(held, Publication((chain.sms(stored.transcript_id),)))
    return Thread(held, bell.effect_id)


@pytest.fixture
def threads(organization: OrganizationRow) -> tuple[Thread, Thread]:
    """A short one and a long one, in a house with others."""
    with engine().begin() as connection:
        for other in connection.execute(text(_OTHERS), {"org": organization.id}).scalars().all():
            connection.execute(text(_TURNS), {"org": organization.id, "thread": other, "turns": 3})
    short, long = (_filled(organization.id, turns) for turns in (SHORT, LONG))
    database.vacuum("transcripts", "effects", "runs", "utterances", "conversations")
    return short, long


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_no_statement_of_a_messages_way_reads_an_old_thread_to_its_beginning(threads: tuple[Thread, Thread], mode: str) -> None:
    """As they are planned for their values, and once for all."""
    short, long = threads
    for name in STATEMENTS:
        few, many = (_visited(thread.statements()[name], mode) for thread in (short, long))
        assert few > 0
        assert many < few + 3 * HISTORY_LOOKS_BACK, f"{name}: {many} rows of {LONG} turns, {few} of {SHORT}"


def test_the_history_is_that_of_the_newest_turns(threads: tuple[Thread, Thread]) -> None:
    _, long = threads
    rows("UPDATE utterances SET text = (SELECT r.turn FROM runs AS r WHERE r.id = run_id) RETURNING 1")
    rows("UPDATE effects SET body = 'yes' WHERE state = 'sent' RETURNING 1")
    with engine().begin() as connection:
        asked = long.statements()["history"]
        [found] = connection.execute(text(asked.sql), asked.values)
    assert [int(words) for words, _, _ in found.history] == list(range(LONG - 5, LONG + 1)), "of the last week"
    assert len(found.history) < HISTORY_TURNS


def _visited(statement: Statement, mode: str) -> int:
    """How many rows of tables a statement looks at; nothing of what it does stays."""
    prepared = planned._statement(statement.sql)
    with connected(settings.current().database_url) as held, held.cursor() as cursor:
        cursor.execute(f"BEGIN; SET LOCAL plan_cache_mode = {mode}; {prepared.prepare}")
        cursor.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + cursor.mogrify(prepared.execute, _plain(statement.values)))
        [[[plan]]] = cursor.fetchall()
    return _read(plan["Plan"])


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


def _read(node: dict[str, Any]) -> int:
    seen = sum(node.get(figure, 0) for figure in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck"))
    mine = round(seen * node["Actual Loops"]) if "Relation Name" in node and "Scan" in node["Node Type"] else 0
    return mine + sum(_read(each) for each in node.get("Plans", ()))
