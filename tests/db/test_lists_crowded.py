"""In a crowded house every list, and the search, is found by index, and one tenant's words never cost another's."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from benchmarks.api import crowd
from db import exports, reading, words
from db.engine import engine
from db.lists import conversations, effects, escalations, events, replies, runs
from db.pages import ALWAYS, Query, Span
from db.reading import Filters
from tests.support.stored import rows

CALLS = 2_000
LATELY = Span(datetime.now(UTC) - timedelta(minutes=5), datetime.now(UTC) + timedelta(hours=1))
Lister = Callable[..., Query]


def _plan(query: Query) -> str:
    statement = str(query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call] # SQLAlchemy's dialects have no types
    with engine().connect() as connection:
        return "\n".join(connection.execute(text(f"EXPLAIN {statement}")).scalars())


def _transcripts(organization_id: UUID, filters: Filters, limit: int, after: Any) -> Query:
    return reading.page_query(organization_id, filters, limit, after)


def test_every_list_and_the_search_come_from_an_index() -> None:
    big, small = crowd.fill(os.environ["DATABASE_URL"], CALLS, 50)
    _assert_lists_come_from_indexes(big)
    _assert_one_of_them_comes_from_indexes(big)
    _assert_words_of_a_tenant_are_found_by_one_scan(big, small)


def _assert_lists_come_from_indexes(organization_id: UUID) -> None:
    cases: list[tuple[Lister, tuple[Any, ...], str]] = [
        (conversations.page_query, ({}, ALWAYS), "ix_conversations_organization_id_started_at_id"),
        (conversations.page_query, ({}, LATELY), "ix_conversations_organization_id_started_at_id"),
        (conversations.page_query, ({"provider_ref": "CA1"}, ALWAYS), "uq_conversations_organization_id_provider_provider_ref"),
        (conversations.page_query, ({"escalated": True, "channel": "voice"}, ALWAYS), "ix_conversations"),
        (runs.page_query, ({}, ALWAYS), "ix_runs_organization_id_created_at"),
        (runs.page_query, ({"transcript_id": uuid4()}, ALWAYS), "ix_runs_transcript_id"),
        (replies.page_query, ({}, ALWAYS), "ix_replies_organization_id_created_at_run_id"),
        (replies.page_query, ({"transcript_id": uuid4()}, ALWAYS), "ix_runs_transcript_id"),
        (effects.page_query, ({}, LATELY), "ix_effects_organization_id_created_at_id"),
        (effects.page_query, ({"conversation_id": uuid4()}, ALWAYS), "ix_effects_conversation_id"),
        (events.page_query, ({}, ALWAYS), "ix_webhook_events_organization_id_received_at_id"),
        (events.page_query, ({"subject": "d1"}, ALWAYS), "ix_webhook_events_organization_id_subject"),
        (escalations.page_query, ({}, ALWAYS), "ix_conversations_escalated"),
        (escalations.page_query, ({"status": "open"}, ALWAYS), "ix_conversations_escalated"),
        (escalations.page_query, ({"status": "answered"}, ALWAYS), "ix_conversations_escalated"),
        (_transcripts, (Filters(span=LATELY),), "ix_transcripts_organization_id_created_at_id"),
        (_transcripts, (Filters(intent="refund"),), "ix_analyses_organization_id_intent"),
        (_transcripts, (Filters(intent="book_appointment"),), "ix_transcripts_organization_id_created_at_id"),
        (_transcripts, (Filters(role_confidence_max=0.0005),), "ix_analyses_organization_id_role_confidence"),
    ]
    for lister, asked, index in cases:
        for after in (None, (datetime.now(UTC), uuid4())):
            plan = _plan(lister(organization_id, *asked, 20, after))
            assert index in plan, f"{asked}\n{plan}"
            assert "Seq Scan" not in plan, f"{asked}\n{plan}"
    for filters in (Filters(), Filters(intent="refund")):
        assert "Seq Scan" not in _plan(exports.page_query(organization_id, filters, (datetime.now(UTC), uuid4())))


def _assert_one_of_them_comes_from_indexes(organization_id: UUID) -> None:
    [newest] = rows(f"SELECT id, current_run_id FROM transcripts WHERE organization_id = '{organization_id}' LIMIT 1")  # noqa: S608 - ours
    asked = {"org": organization_id, "transcript": newest["id"], "run": newest["current_run_id"]}
    for whole in (reading.ONE, runs.ONE):
        with engine().connect() as connection:
            connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
            plan = "\n".join(connection.execute(text(f"EXPLAIN {whole}"), asked).scalars())
        assert "Seq Scan" not in plan, plan


def _assert_words_of_a_tenant_are_found_by_one_scan(big: UUID, small: UUID) -> None:
    asked = f"""
        SELECT run_id FROM utterances WHERE text <> '' AND organization_id = '{small}' AND utterance_lexemes(organization_id, text)
            @@ (quote_literal(' {small}')::tsquery && to_tsquery('english', 'appointment'))"""  # noqa: S608 - our own id
    plan = "\n".join(line["QUERY PLAN"] for line in rows(f"EXPLAIN (ANALYZE, TIMING OFF) {asked}"))
    assert "Bitmap Index Scan on ix_utterances_lexemes" in plan, plan
    assert "Rows Removed by" not in plan, f"it looked at somebody else's words:\n{plan}"
    assert len(words.search(small, "appointment", {}, ALWAYS, 100).items) == 100
    assert {match.rank > 0 for match in words.search(big, "refund", {}, ALWAYS, 100).items} == {True}
    assert words.search(big, "morning", {}, ALWAYS, 1).is_partial, "more than are ranked"
