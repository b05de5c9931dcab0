"""Finds what an id names, whatever kind of id it is: ours, a vendor's, or a trace."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.engine import engine
from db.outage import reported
from domain.chain import Source
from domain.runs import BELL_MARK

# Nothing finds a trace or a vendor's job by an index, which every webhook would have to pay for: the rows are looked through, the newest
# first, each time as many days again as before, for so long.
NEWEST = timedelta(days=7)
LOOKS_S = 8.0
# more than one call or thread of any length has; who asks for a whole thread is shown its newest
MOST = 50

Rows = Sequence[Row[tuple[Any, ...]]]

# naming every source and provider lets the unique keys find the rows
_NAMED = """
SELECT 'event' AS what, id FROM webhook_events WHERE organization_id = :org AND (id = :id OR subject = :name)
UNION SELECT 'conversation', id FROM conversations WHERE organization_id = :org AND id = :id
UNION SELECT 'conversation', id FROM conversations
    WHERE organization_id = :org AND provider IN ('twilio', 'deepgram') AND provider_ref = :name
UNION SELECT 'transcript', id FROM transcripts WHERE organization_id = :org AND id = :id
UNION SELECT 'transcript', id FROM transcripts WHERE organization_id = :org AND source = ANY(:sources) AND source_ref = :name
UNION SELECT 'run', id FROM runs WHERE organization_id = :org AND id = :id
UNION SELECT 'effect', id FROM effects WHERE organization_id = :org AND (id = :id OR provider_ref = :name)
UNION SELECT 'job', id FROM jobs WHERE organization_id = :org AND id = :id
"""
_TRACED = """
SELECT 'event' AS what, id FROM webhook_events WHERE organization_id = :org AND id >= :since AND id < :until AND trace_id = :name
UNION SELECT 'run', id FROM runs WHERE organization_id = :org AND id >= :since AND id < :until AND trace_id = :name
UNION SELECT 'effect', id FROM effects WHERE organization_id = :org AND id >= :since AND id < :until AND trace_id = :name
UNION SELECT 'job', id FROM jobs WHERE organization_id = :org AND id >= :since AND id < :until AND trace_id = :name
UNION SELECT 'run', run_id FROM run_steps
    WHERE organization_id = :org AND run_id >= :since AND run_id < :until AND (submission_id = :name OR vendor_request_id = :name)
"""
_SPAN = """
SELECT clock_timestamp() AS now, LEAST((SELECT id FROM webhook_events ORDER BY id LIMIT 1), (SELECT id FROM runs ORDER BY id LIMIT 1),
    (SELECT id FROM effects ORDER BY id LIMIT 1), (SELECT id FROM jobs ORDER BY id LIMIT 1)) AS first
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of our rows that bear the name, by kind. ``since``: traces and vendors' jobs were looked for from then on; None: all were."""

    events: frozenset[UUID] = frozenset()
    conversations: frozenset[UUID] = frozenset()
    transcripts: frozenset[UUID] = frozenset()
    runs: frozenset[UUID] = frozenset()
    effects: frozenset[UUID] = frozenset()
    jobs: frozenset[UUID] = frozenset()
    since: datetime | None = None

    def __bool__(self) -> bool:
        """Whether there is anything at all."""
        return bool(self.events or self.conversations or self.transcripts or self.runs or self.effects or self.jobs)


def find(organization_id: UUID, name: str) -> Found:
    """Everything of the organization that bears a name: first what an index finds, else traces and vendors' jobs for as long as it may.

    A Celery task id begins with the id of what it rings for. Raises StoreUnavailable.
    """
    sources = [source.value for source in Source]
    parameters: dict[str, object] = {"org": organization_id, "name": name, "id": _as_id(name), "sources": sources}
    with reported(), engine().connect() as connection:
        rows: Rows = connection.execute(text(_NAMED), parameters).all()
        since = None
        if not rows:
            rows, since = _traced(connection, parameters)
    kinds: Mapping[str, set[UUID]] = defaultdict(set)
    for row in rows:
        kinds[row.what].add(row.id)
    return Found(**{f"{what}s": frozenset(ids) for what, ids in kinds.items()}, since=since)


def _traced(connection: Connection, parameters: dict[str, object]) -> tuple[Rows, datetime | None]:
    """What bears a trace or the name of a vendor's job, and from when on it was looked for; None: ever since there are rows."""
    ends, span = time.monotonic() + LOOKS_S, connection.execute(text(_SPAN)).one()
    until, back = span.now + NEWEST, 2 * NEWEST
    while span.first is not None and time.monotonic() < ends:
        since = until - back
        found = connection.execute(text(_TRACED), parameters | {"since": _id_of(since), "until": _id_of(until)}).all()
        if found or _id_of(since) <= span.first:
            return found, None
        until, back = since, 2 * back
    return [], until if span.first is not None else None


def _id_of(moment: datetime) -> UUID:
    """The first id that a row of that moment can have."""
    return UUID(int=max(0, int(moment.timestamp() * 1_000)) << 80)


def _as_id(name: str) -> UUID | None:
    try:
        return UUID(name.partition(BELL_MARK)[0])
    except ValueError:
        return None
