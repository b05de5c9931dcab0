"""Which transcripts a batch is about."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from domain.batches import ESCALATED, Selection

NOWHERE = UUID(int=0)

# Only what has words can be worked on again, and what was emptied has none. What is asked of results is asked of the run that counts.
_CHOSEN = """
FROM transcripts AS t
WHERE t.organization_id = :org AND t.created_at >= :since AND t.created_at < :until AND t.status = 'completed'
    AND t.emptied_at IS NULL
"""
_CONDITIONS = {
    "intent": "EXISTS (SELECT FROM analyses AS a WHERE a.run_id = t.current_run_id AND a.intent = :{0})",
    "engine": """EXISTS (
        SELECT FROM run_steps AS s WHERE s.run_id = t.current_run_id AND s.provider = :{0}
            AND s.stage IN ('classify_speakers', 'generate_reply'))""",
    "role": """EXISTS (
        SELECT FROM analyses AS a, jsonb_each_text(a.roles) AS heard WHERE a.run_id = t.current_run_id AND heard.value = :{0})""",
    "source": "t.source = :{0}",
    "status": "t.processing_status = :{0}",
    ESCALATED: """(:{0} = 'yes') = EXISTS (
        SELECT FROM conversations AS c WHERE c.id = t.conversation_id AND c.escalated_at IS NOT NULL)""",
}


def count(organization_id: UUID, selection: Selection) -> int:
    """How many there are. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        return int(connection.scalar(text(f"SELECT count(*) {_where(selection)}"), _values(organization_id, selection)) or 0)


def pages(organization_id: UUID, selection: Selection, size: int) -> Iterator[Sequence[UUID]]:
    """Their ids in order, so many at a time; no transaction is open in between. Raises StoreUnavailable."""
    query = text(f"SELECT t.id {_where(selection)} AND t.id > :after ORDER BY t.id LIMIT :size")
    after = NOWHERE
    while True:
        values = _values(organization_id, selection) | {"after": after, "size": size}
        with reported(), engine().connect() as connection:
            found = connection.scalars(query, values).all()
        if not found:
            return
        after = found[-1]
        yield found


def _where(selection: Selection) -> str:
    conditions = [_CONDITIONS[each.name].format(f"value{place}") for place, each in enumerate(selection.criteria)]
    return " AND ".join([_CHOSEN, *conditions])


def _values(organization_id: UUID, selection: Selection) -> dict[str, object]:
    told = {f"value{place}": each.value for place, each in enumerate(selection.criteria)}
    return {"org": organization_id, "since": selection.since, "until": selection.until, **told}
