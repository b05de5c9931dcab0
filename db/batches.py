"""Makes reprocess runs over stored transcripts: results beside the live ones, no status, no conversation, no effect touched."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.tables.base import new_id

CHUNK = 500

# Only what has words can be worked on again; the stored payload is where they come from. Whom a person told apart stays so.
# What was emptied is not filled again.
_COUNT = """
SELECT count(*) FROM transcripts
WHERE organization_id = :org AND created_at >= :since AND created_at < :until AND status = 'completed' AND emptied_at IS NULL
"""
_OPEN = """
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, purpose, told_roles, next_publish_at, trace_id)
SELECT fresh.id, organization_id, conversation_id, found.id, turn, 'reprocess', (SELECT told_roles FROM runs WHERE id = current_run_id),
    clock_timestamp(), :trace_id
FROM (
    SELECT *, row_number() OVER (ORDER BY id) AS place FROM transcripts
    WHERE organization_id = :org AND created_at >= :since AND created_at < :until AND status = 'completed' AND emptied_at IS NULL
        AND id > :after
    ORDER BY id LIMIT :chunk
) AS found JOIN unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS fresh (id, place) USING (place)
RETURNING transcript_id
"""
NOWHERE = UUID(int=0)


def count_reprocessable(organization_id: UUID, since: datetime, until: datetime) -> int:
    """How many transcripts of that time have words to work on again."""
    with engine().connect() as connection:
        return int(connection.scalar(text(_COUNT), {"org": organization_id, "since": since, "until": until}) or 0)


def open_reprocess_runs(organization_id: UUID, since: datetime, until: datetime, trace_id: str) -> Iterator[int]:
    """Open a reprocess run for each of them, in chunks of one commit each; yields the size of each chunk. The sweeper paces them."""
    window = {"org": organization_id, "since": since, "until": until, "trace_id": trace_id, "chunk": CHUNK}
    after = NOWHERE
    while True:
        with engine().begin() as connection:
            fresh = {"ids": [new_id() for _ in range(CHUNK)]}
            opened = connection.scalars(text(_OPEN), window | fresh | {"after": after}).all()
        if not opened:
            return
        after = max(opened)
        yield len(opened)
