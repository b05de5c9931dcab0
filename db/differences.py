"""What a batch would change: each of its results beside the run that counts for the same transcript."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from db.engine import engine
from db.outage import reported
from domain.batches import Batch

PAGE = 500
NOWHERE = UUID(int=0)
# an undone promotion leaves the pointer where it was; what counts already is compared with what counted before it
_PAIRS = """
SELECT mine.transcript_id, mine.id AS run_id, other.id AS other_id,
    a.roles AS roles, b.roles AS other_roles, a.intent AS intent, b.intent AS other_intent,
    a.urgency AS urgency, b.urgency AS other_urgency, a.rules AS rules, b.rules AS other_rules,
    g.text AS words, h.text AS other_words, g.fault, h.fault AS other_fault, g.escalates, h.escalates AS other_escalates
FROM runs AS mine JOIN transcripts AS t ON t.id = mine.transcript_id
LEFT JOIN runs AS other ON other.organization_id = :org
    AND other.id = CASE WHEN t.current_run_id = mine.id THEN mine.counted_run_id ELSE t.current_run_id END
LEFT JOIN LATERAL ({found}) AS a ON true
LEFT JOIN LATERAL ({other}) AS b ON true
LEFT JOIN replies AS g ON g.run_id = mine.id
LEFT JOIN replies AS h ON h.run_id = other.id
WHERE mine.organization_id = :org AND mine.batch_id = :batch AND mine.state = 'done' AND mine.transcript_id > :after
ORDER BY mine.transcript_id LIMIT :size
"""
_FOUND = """
    SELECT roles, intent, (SELECT COALESCE(jsonb_agg(DISTINCT each ->> 'rule'), '[]') FROM jsonb_array_elements(safety) AS each) AS rules,
        CASE WHEN safety @> '[{{"urgency": "emergency"}}]' THEN 'emergency' WHEN safety @> '[{{"urgency": "high"}}]' THEN 'high'
            ELSE 'normal' END AS urgency
    FROM analyses WHERE run_id = {run}"""
_QUERY = _PAIRS.format(found=_FOUND.format(run="mine.id"), other=_FOUND.format(run="other.id"))


@dataclass(frozen=True, slots=True)
class Side:
    """One of two results. ``words`` are what the customer would be told: for eyes that asked for them only."""

    run_id: UUID | None
    roles: object
    intent: str | None
    urgency: str | None
    rules: object
    words: str | None
    fault: str | None
    asks_for_person: bool | None


@dataclass(frozen=True, slots=True)
class Pair:
    """What a batch found, beside what counts."""

    transcript_id: UUID
    new: Side
    old: Side


def pairs(organization_id: UUID, batch: Batch) -> Iterator[Pair]:
    """Every result of a batch, in the order of the transcripts' ids; no transaction is open in between. Raises StoreUnavailable."""
    after = NOWHERE
    while True:
        values = {"org": organization_id, "batch": batch.id, "after": after, "size": PAGE}
        with reported(), engine().connect() as connection:
            found = connection.execute(text(_QUERY), values).all()
        if not found:
            return
        after = found[-1].transcript_id
        yield from map(_pair, found)


def _pair(row: Row[Any]) -> Pair:
    new = Side(row.run_id, row.roles, row.intent, row.urgency, row.rules, row.words, row.fault, row.escalates)
    old = Side(
        row.other_id, row.other_roles, row.other_intent, row.other_urgency, row.other_rules, row.other_words, row.other_fault,
        row.other_escalates,
    )  # fmt: skip
    return Pair(row.transcript_id, new, old)
