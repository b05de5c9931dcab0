"""Batches of reprocess runs: results beside the live ones; no status, no conversation, no effect is touched by making them."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, text

from db import audits
from db import selection as selected
from db.engine import engine
from db.outage import reported
from db.tables.base import new_id
from domain.batches import Batch, Criterion, Order, Selection, Standing, Variant
from domain.chain import Stage
from domain.errors import RefusedError

# a kill loses no more than one, and who waits sees each
CHUNK = 100
# the end of a run whose batch was cancelled; nobody has to decide about it
CANCELLED = "batch_cancelled"

_COLUMNS = "id, organization_id, name, since, until, criteria, from_step, prompt, model, trace_id, cancelled_at"
_BEGIN = """
INSERT INTO batches (id, organization_id, name, created_by, since, until, criteria, from_step, prompt, model, planned_runs, planned_usd,
    trace_id)
VALUES (:id, :org, :name, :by, :since, :until, to_jsonb(CAST(:criteria AS text[])), :from_step, :prompt, :model, :runs, :usd, :trace_id)
ON CONFLICT (organization_id, name) DO NOTHING
"""
_FIND = f"SELECT {_COLUMNS} FROM batches WHERE organization_id = :org AND (name = :name OR CAST(id AS text) = :name)"
# Whom a person told apart stays so. What is there already is left: whoever continues a batch opens what is missing.
_OPEN = """
INSERT INTO runs (id, organization_id, conversation_id, transcript_id, turn, purpose, told_roles, next_publish_at, trace_id, batch_id,
    counted_run_id)
SELECT gen.id, t.organization_id, t.conversation_id, t.id, t.turn, 'reprocess', (SELECT told_roles FROM runs WHERE id = t.current_run_id),
    clock_timestamp(), :trace_id, :batch, t.current_run_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:transcripts AS uuid[])) AS gen (id, transcript_id)
JOIN transcripts AS t ON t.organization_id = :org AND t.id = gen.transcript_id
ON CONFLICT (organization_id, batch_id, transcript_id) WHERE batch_id IS NOT NULL DO NOTHING
"""
# held until the runs are there: a batch that is cancelled meanwhile gets none
_HOLD = "SELECT cancelled_at FROM batches WHERE organization_id = :org AND id = :batch FOR SHARE"
_OPENED = "UPDATE batches SET opened_at = COALESCE(opened_at, clock_timestamp()) WHERE organization_id = :org AND id = :batch"
_CANCEL = """
UPDATE batches SET cancelled_at = COALESCE(cancelled_at, clock_timestamp()), cancelled_by = COALESCE(cancelled_by, :by)
WHERE organization_id = :org AND id = :batch
"""
# whoever is at work on one is refused by the fence
_STOP = """
UPDATE runs SET state = 'dead', last_error = 'batch_cancelled', waiting_for = NULL, lease_token = NULL, lease_until = NULL,
    finished_at = clock_timestamp(), settled_at = clock_timestamp(), settled_by = :by
WHERE organization_id = :org AND batch_id = :batch AND state IN ('ready', 'waiting')
"""
_STANDING = """
SELECT b.id, b.organization_id, b.name, b.since, b.until, b.criteria, b.from_step, b.prompt, b.model, b.trace_id, b.cancelled_at,
    b.created_at, b.created_by, b.planned_runs, b.planned_usd, count(r.id) AS opened,
    count(r.id) FILTER (WHERE r.state = 'done') AS done, count(r.id) FILTER (WHERE r.state = 'dead') AS dead,
    count(r.id) FILTER (WHERE t.current_run_id = r.id) AS counting, COALESCE(sum(paid.usd), 0) AS usd
FROM batches AS b
LEFT JOIN runs AS r ON r.organization_id = :org AND r.batch_id = b.id
LEFT JOIN transcripts AS t ON t.id = r.transcript_id
LEFT JOIN LATERAL (SELECT sum(price_usd) AS usd FROM run_steps AS s WHERE s.run_id = r.id) AS paid ON true
WHERE b.organization_id = :org AND (CAST(:batch AS uuid) IS NULL OR b.id = :batch)
GROUP BY b.id ORDER BY b.created_at DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What somebody was told before they asked for a batch."""

    runs: int
    usd: float | None


def begin(organization_id: UUID, order: Order, forecast: Forecast, by: str) -> Batch:
    """The batch of this name, made now or before. Raises RefusedError if that is another order, or was cancelled; StoreUnavailable."""
    selection, variant = order.selection, order.variant
    values = {
        "id": new_id(), "org": organization_id, "name": order.name, "by": by, "since": selection.since, "until": selection.until,
        "criteria": list(map(str, selection.criteria)), "from_step": variant.from_step, "prompt": variant.prompt, "model": variant.model,
        "runs": forecast.runs, "usd": forecast.usd, "trace_id": uuid4().hex,
    }  # fmt: skip
    with reported(), engine().begin() as connection:
        if connection.execute(text(_BEGIN), values).rowcount:
            audits.record(connection, organization_id, by, "batch.begin", "batch", UUID(str(values["id"])))
        found = _found(connection, organization_id, order.name)
    if found.order != order:
        raise RefusedError(f"There is a batch {order.name!r} already, of others or done otherwise: give this one another --name.")
    _refuse_cancelled(found)
    return found


def find(organization_id: UUID, name: str) -> Batch:
    """The batch of this name or id. Raises RefusedError, StoreUnavailable."""
    with reported(), engine().connect() as connection:
        return _found(connection, organization_id, name)


def open_runs(organization_id: UUID, batch: Batch) -> Generator[int]:
    """Open what is missing of its runs, in chunks of one commit each; yields how many transcripts were gone through with each chunk.

    The sweeper paces them. Raises RefusedError if it was cancelled, StoreUnavailable.
    """
    for found in selected.pages(organization_id, batch.order.selection, CHUNK):
        values = {"org": organization_id, "batch": batch.id, "trace_id": batch.trace_id}
        with reported(), engine().begin() as connection:
            if connection.scalar(text(_HOLD), values):
                _refuse_cancelled(batch, now=True)
            connection.execute(text(_OPEN), values | {"ids": [new_id() for _ in found], "transcripts": list(found)})
        yield len(found)
    with reported(), engine().begin() as connection:
        connection.execute(text(_OPENED), {"org": organization_id, "batch": batch.id})


def cancel(organization_id: UUID, batch: Batch, by: str) -> int:
    """End what is not done; how many runs that were. What is done stays. Raises StoreUnavailable."""
    values = {"org": organization_id, "batch": batch.id, "by": by}
    with reported(), engine().begin() as connection:
        connection.execute(text(_CANCEL), values)
        audits.record(connection, organization_id, by, "batch.cancel", "batch", batch.id)
        return connection.execute(text(_STOP), values).rowcount


def standing(organization_id: UUID, batch: Batch) -> Standing:
    """How far a batch is. Raises StoreUnavailable."""
    return _standings(organization_id, batch.id, 1)[0]


def fetch_list(organization_id: UUID, limit: int) -> list[Standing]:
    """The newest batches, and how far they are. Raises StoreUnavailable."""
    return _standings(organization_id, None, limit)


def _standings(organization_id: UUID, batch_id: UUID | None, limit: int) -> list[Standing]:
    with reported(), engine().connect() as connection:
        found = connection.execute(text(_STANDING), {"org": organization_id, "batch": batch_id, "limit": limit}).all()
    return [_standing(row) for row in found]


def _standing(row: Row[Any]) -> Standing:
    planned_usd = float(row.planned_usd) if row.planned_usd is not None else None
    counts = (row.planned_runs, row.opened, row.done, row.dead, row.counting)
    return Standing(_read(row), row.created_at, row.created_by, *counts, float(row.usd), planned_usd)


def _found(connection: Connection, organization_id: UUID, name: str) -> Batch:
    row = connection.execute(text(_FIND), {"org": organization_id, "name": name}).first()
    if row is None:
        raise RefusedError(f"There is no batch {name!r} in this organization. `celery -A tasks batches` lists them; --org names another.")
    return _read(row)


def _read(row: Row[Any]) -> Batch:
    chosen = Selection(row.since, row.until, _criteria(row.criteria))
    variant = Variant(Stage(row.from_step) if row.from_step else None, row.prompt, row.model)
    return Batch(row.id, row.organization_id, Order(row.name, chosen, variant), row.trace_id, row.cancelled_at is not None)


def _criteria(said: Sequence[str]) -> tuple[Criterion, ...]:
    return tuple(Criterion.read(one) for one in said)


def _refuse_cancelled(batch: Batch, *, now: bool = False) -> None:
    if batch.is_cancelled or now:
        raise RefusedError(f"Batch {batch.order.name!r} was cancelled. Give the same order another --name to begin anew.")
