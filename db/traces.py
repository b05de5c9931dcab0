"""Looks for what may be left of a caller's number, in every table and column, stored bodies included."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import LargeBinary, Table, text

from db.bodies import unpack
from db.engine import engine
from db.outage import reported
from db.tables import Base

CHUNK = 200
# bodies of deliveries are compressed: they are looked at one by one
_BODIES = """
SELECT id, conversation_id, body FROM webhook_events
WHERE organization_id = :org AND id > :after AND octet_length(body) > 0 AND (NOT :unlinked OR conversation_id IS NULL)
ORDER BY id LIMIT :chunk
"""
_EMPTY_BODY = "UPDATE webhook_events SET body = '', body_sha256 = '', headers = '{}' WHERE organization_id = :org AND id = :id"
_REFUSED = """(position(CAST(:needle AS bytea) IN body) > 0
    OR position(CAST(:words AS text) IN lower(CAST(to_jsonb(quarantine) - 'body' AS text))) > 0)"""
_NOWHERE = UUID(int=0)


def find(organization_id: UUID, needles: Sequence[str]) -> Iterator[tuple[str, int]]:
    """How many rows of each table hold one of these texts (lower case), one table after the other. Raises StoreUnavailable."""
    for table in Base.metadata.sorted_tables:
        yield table.name, _count(organization_id, table, needles)
    yield "webhook_events.body", len(list(find_bodies(organization_id, needles)))
    yield "quarantine.body", _in_quarantine(f"SELECT count(*) FROM quarantine WHERE {_REFUSED}", needles)


def find_bodies(organization_id: UUID, needles: Sequence[str], *, unlinked: bool = False) -> Iterator[UUID]:
    """The deliveries whose body holds one of these texts; ``unlinked``: only those that belong to no conversation."""
    wanted = [needle.encode() for needle in needles] + [needle.replace(" ", "+").encode() for needle in needles if " " in needle]
    after = _NOWHERE
    while True:
        with reported(), engine().connect() as connection:
            told = {"org": organization_id, "after": after, "unlinked": unlinked, "chunk": CHUNK}
            found = connection.execute(text(_BODIES), told).all()
        if not found:
            return
        after = found[-1].id
        yield from (row.id for row in found if _holds(bytes(row.body), wanted))


def empty_body(organization_id: UUID, event_id: UUID) -> None:
    """Empty a delivery that belongs to no conversation. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        connection.execute(text(_EMPTY_BODY), {"org": organization_id, "id": event_id})


def forget_refusals(organization_id: UUID, needles: Sequence[str]) -> int:
    """Drop refused deliveries that hold one of these texts, whoever they were for; how many. Raises StoreUnavailable."""
    _ = organization_id  # what was refused belongs to nobody
    return _in_quarantine(f"DELETE FROM quarantine WHERE {_REFUSED}", needles)


def _in_quarantine(statement: str, needles: Sequence[str]) -> int:
    total = 0
    with reported(), engine().begin() as connection:
        for needle in needles:
            done = connection.execute(text(statement), {"needle": needle.replace(" ", "+").encode(), "words": needle})
            total += int(done.scalar_one()) if done.returns_rows else done.rowcount
    return total


def _count(organization_id: UUID, table: Table, needles: Sequence[str]) -> int:
    mine = "t.organization_id = :org AND" if "organization_id" in table.columns else ""
    raw = [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
    query = f"""
        SELECT count(*) FROM {table.name} AS t WHERE {mine} EXISTS (
            SELECT FROM unnest(CAST(:needles AS text[])) AS needle
            WHERE position(needle IN lower(CAST(to_jsonb(t) - CAST(:raw AS text[]) AS text))) > 0)"""
    with reported(), engine().connect() as connection:
        return int(connection.scalar(text(query), {"org": organization_id, "needles": list(needles), "raw": raw}) or 0)


def _holds(body: bytes, wanted: Sequence[bytes]) -> bool:
    raw = unpack(body).lower()
    return any(needle in raw for needle in wanted)
