"""Does degraded runs again when the vendor that they lacked is back: a new live run over the same words, once."""

from uuid import UUID

from sqlalchemy import Connection, text

from db.tables.base import new_id

# what is older has been read and acted upon
WITHIN = "interval '1 day'"
AT_ONCE = 20

_BACK = """
SELECT r.id FROM runs AS r LEFT JOIN vendor_health AS h ON h.vendor = r.redo_with
WHERE r.redo_with IS NOT NULL AND r.state = 'done' AND (h.vendor IS NULL OR
    (h.failures = 0 AND (h.open_until IS NULL OR h.open_until < clock_timestamp())))
ORDER BY r.finished_at LIMIT :at_once
"""
_MARK = "UPDATE runs SET redo_with = NULL WHERE id = :run AND redo_with IS NOT NULL AND state = 'done' RETURNING finished_at"
# only what still counts is done again: a person may have promoted another run
_OPEN = f"""
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, predecessor_id, next_publish_at, trace_id)
SELECT :successor, r.organization_id, r.conversation_id, r.transcript_id, r.turn, r.id, clock_timestamp(), r.trace_id
FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id AND t.current_run_id = r.id
WHERE r.id = :run AND r.finished_at > clock_timestamp() - {WITHIN}
ON CONFLICT DO NOTHING
"""


def reopen_degraded(connection: Connection) -> list[UUID]:
    """Open a successor for each degraded run whose vendor is well; the ids of the successors."""
    with connection.begin():
        degraded = connection.execute(text(_BACK), {"at_once": AT_ONCE}).scalars().all()
    return [successor for run in degraded if (successor := _reopened(connection, run))]


def _reopened(connection: Connection, run: UUID) -> UUID | None:
    successor = new_id()
    with connection.begin():
        if connection.execute(text(_MARK), {"run": run}).first() is None:
            return None
        opened = connection.execute(text(_OPEN), {"run": run, "successor": successor})
    return successor if opened.rowcount == 1 else None
