"""Finds what an id names, whatever kind of id it is: ours, a vendor's, or a trace."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from domain.chain import Source

# nothing finds a trace or a job by an index: the newest rows are looked through
LOOKED_BACK = timedelta(days=7)
# more than one call or thread of any length has; who asks for a whole thread is shown its newest
MOST = 50

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
"""
_TRACED = """
SELECT 'event' AS what, id FROM webhook_events WHERE organization_id = :org AND id >= :since AND trace_id = :name
UNION SELECT 'run', id FROM runs WHERE organization_id = :org AND id >= :since AND trace_id = :name
UNION SELECT 'effect', id FROM effects WHERE organization_id = :org AND id >= :since AND trace_id = :name
UNION SELECT 'run', run_id FROM run_steps
    WHERE organization_id = :org AND run_id >= :since AND (submission_id = :name OR vendor_request_id = :name)
"""
_NOW = "SELECT clock_timestamp()"


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of our rows that bear the name, of each kind."""

    events: frozenset[UUID] = frozenset()
    conversations: frozenset[UUID] = frozenset()
    transcripts: frozenset[UUID] = frozenset()
    runs: frozenset[UUID] = frozenset()
    effects: frozenset[UUID] = frozenset()

    def __bool__(self) -> bool:
        """Whether there is anything at all."""
        return bool(self.events or self.conversations or self.transcripts or self.runs or self.effects)


def find(organization_id: UUID, name: str) -> Found:
    """Everything of the organization that bears a name: first what an index finds, else traces and jobs of the last 7 days.

    Raises StoreUnavailable.
    """
    sources = [source.value for source in Source]
    parameters: dict[str, object] = {"org": organization_id, "name": name, "id": _as_id(name), "sources": sources}
    with reported(), engine().connect() as connection:
        rows = connection.execute(text(_NAMED), parameters).all()
        if not rows:
            since = connection.scalar(text(_NOW)) - LOOKED_BACK
            rows = connection.execute(text(_TRACED), parameters | {"since": UUID(int=int(since.timestamp() * 1_000) << 80)}).all()
    kinds: Mapping[str, set[UUID]] = defaultdict(set)
    for row in rows:
        kinds[row.what].add(row.id)
    return Found(**{f"{what}s": frozenset(ids) for what, ids in kinds.items()})


def _as_id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
