"""Does degraded runs again when the vendor that they lacked may be back: a new live run over the same words, once."""

from uuid import UUID

from sqlalchemy import Connection, text

from db.same_words import SAME_WORDS
from db.tables.base import new_id

# what is older has been read and acted upon
WITHIN = "interval '1 day'"
AT_ONCE = 20

# a vendor that has not answered well since it failed is tried with one run at a time: in a quiet night nobody else would try it
_BACK = """
SELECT r.id, h.code IS NULL AS is_well FROM runs AS r LEFT JOIN vendor_health AS h ON h.vendor = r.redo_with
WHERE r.redo_with IS NOT NULL AND r.state = 'done' AND (h.open_until IS NULL OR h.open_until < clock_timestamp())
    AND (h.code IS NULL OR NOT EXISTS (
        SELECT FROM runs AS trying WHERE trying.predecessor_id IS NOT NULL AND trying.state IN ('ready', 'waiting')))
ORDER BY r.finished_at LIMIT :at_once
"""
_MARK = "UPDATE runs SET redo_with = NULL WHERE id = :run AND redo_with IS NOT NULL AND state = 'done' RETURNING finished_at"
# only what still counts is done again: a person may have promoted another run
_OPEN = f"""
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, predecessor_id, stage, next_publish_at, trace_id)
SELECT :successor, r.organization_id, r.conversation_id, r.transcript_id, r.turn, r.id, 'classify_speakers', clock_timestamp(), r.trace_id
FROM runs AS r JOIN transcripts AS t ON t.id = r.transcript_id AND t.current_run_id = r.id
WHERE r.id = :run AND r.finished_at > clock_timestamp() - {WITHIN}
ON CONFLICT DO NOTHING
"""


def reopen_degraded(connection: Connection) -> list[UUID]:
    """Open a successor for each degraded run whose vendor is well, or for one whose vendor may be; the ids of the successors."""
    with connection.begin():
        degraded = connection.execute(text(_BACK), {"at_once": AT_ONCE}).all()
    chosen = [row.id for row in degraded if row.is_well] or [row.id for row in degraded[:1]]
    return [successor for run in chosen if (successor := _reopened(connection, run))]


def _reopened(connection: Connection, run: UUID) -> UUID | None:
    successor = new_id()
    with connection.begin():
        if connection.execute(text(_MARK), {"run": run}).first() is None:
            return None
        opened = connection.execute(text(_OPEN), {"run": run, "successor": successor}).rowcount == 1
        if opened:
            connection.execute(text(SAME_WORDS), {"run": run, "successor": successor})
    return successor if opened else None
