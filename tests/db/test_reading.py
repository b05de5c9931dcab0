"""What customers read is found by index, however much there is."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Select, text
from sqlalchemy.dialects import postgresql

from db import reading
from db.engine import engine
from db.lists import runs
from db.reading import Filters, fetch_page, fetch_transcript, page_query
from db.tables.base import Base
from tests.support import database
from tests.support.factories import OrganizationFactory, RunFactory, TranscriptFactory

ROWS = 3_000
_FILL = """
WITH org AS (INSERT INTO organizations (id, slug, name) VALUES (:org, 'big', 'Big') RETURNING id),
call AS (
    INSERT INTO conversations (id, organization_id, provider, provider_ref, channel, status)
    SELECT gen_random_uuid(), org.id, 'twilio', n::text, 'voice', 'completed' FROM org, generate_series(1, :rows) AS n
    RETURNING id, organization_id
)
INSERT INTO transcripts (id, organization_id, conversation_id, turn, source, source_ref, status)
SELECT gen_random_uuid(), call.organization_id, call.id, 1, 'deepgram', call.id::text, 'completed' FROM call
"""


@pytest.fixture
def crowded() -> UUID:
    """An organization with thousands of transcripts, and statistics that know it."""
    organization_id = uuid4()
    with engine().begin() as connection:
        connection.execute(text(_FILL), {"org": organization_id, "rows": ROWS})
    database.vacuum("transcripts", "conversations")
    return organization_id


def _plan(query: Select[Any]) -> str:
    statement = str(query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call] # SQLAlchemy's dialects have no types
    with engine().connect() as connection:
        return "\n".join(connection.execute(text(f"EXPLAIN {statement}")).scalars())


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "ix_transcripts_organization_id_created_at_id"),
        (Filters(status="completed"), "ix_transcripts_organization_id_created_at_id"),
        (Filters(processing_status="pending"), "ix_transcripts_organization_id_created_at_id"),
        (Filters(source_ref="RE1"), "uq_transcripts_organization_id_source_source_ref"),
        (Filters(conversation_id=uuid4()), "ix_transcripts_conversation_id_turn"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_pages_come_from_an_index(crowded: UUID, filters: Filters, index: str) -> None:
    for after in (None, (datetime.now(UTC), uuid4())):
        plan = _plan(page_query(crowded, filters, 20, after))
        assert index in plan, plan
        assert "Seq Scan" not in plan, plan


def test_the_next_page_does_not_start_from_the_top(crowded: UUID) -> None:
    first = fetch_page(crowded, Filters(), 100)
    plan = _plan(page_query(crowded, Filters(), 100, first.position))
    condition = next(line for line in plan.splitlines() if "Index Cond" in line and "created_at" in line)
    assert "ROW" in condition, "the position is a condition of the index, not a filter over what it found"


def test_last_page_says_so() -> None:
    organization = OrganizationFactory.create()
    TranscriptFactory.create_batch(3, organization_id=organization.id)
    assert fetch_page(organization.id, Filters(), 3).position is None
    assert fetch_page(organization.id, Filters(), 2).position is not None
    assert fetch_page(uuid4(), Filters(), 2).items == ()


def test_another_organization_reads_nothing() -> None:
    run = RunFactory.create()
    assert fetch_transcript(run.organization_id, run.transcript_id) is not None
    assert fetch_transcript(OrganizationFactory.create().id, run.transcript_id) is None


def test_everything_that_is_read_is_filtered_by_its_organization() -> None:
    assert str(page_query(uuid4(), Filters(), 1)).count("organization_id = ") == 2, "transcripts and conversations"
    for whole in (reading.ONE, runs.ONE):
        read = [table for table in re.findall(r"(?:FROM|JOIN) (\w+)", whole) if table in Base.metadata.tables]
        assert len(read) > 4
        assert whole.count("organization_id = :org") == len(read)
