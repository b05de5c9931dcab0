"""Counts what was received and what became of it, all at one moment: the parts always add up to the whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from domain.jobs import JobState

# each delivery falls into exactly one part: that of the newest live run of what it says, if it says something
_COUNTS = """
WITH newest AS (
    SELECT DISTINCT ON (r.transcript_id) r.transcript_id, r.state, r.settled_at FROM runs AS r
    WHERE r.purpose = 'live' AND (CAST(:org AS uuid) IS NULL OR r.organization_id = :org) ORDER BY r.transcript_id, r.id DESC
), parts AS (
    SELECT CASE
        WHEN e.transcript_id IS NULL THEN 'noted'
        WHEN newest.state IN ('ready', 'waiting') THEN 'waiting'
        WHEN newest.state = 'done' THEN 'done'
        WHEN newest.state = 'dead' AND newest.settled_at IS NOT NULL THEN 'dismissed'
        WHEN newest.state = 'dead' THEN 'dead'
        WHEN t.status = 'failed' THEN 'noted'
        WHEN t.status = 'processing' THEN 'waiting'
        ELSE 'missing' END AS part
    FROM webhook_events AS e LEFT JOIN transcripts AS t ON t.id = e.transcript_id LEFT JOIN newest ON newest.transcript_id = e.transcript_id
    WHERE (CAST(:org AS uuid) IS NULL OR e.organization_id = :org) AND e.received_at >= COALESCE(CAST(:since AS timestamptz), '-infinity')
    UNION ALL
    SELECT 'quarantined' FROM quarantine AS q
    WHERE CAST(:org AS uuid) IS NULL AND q.received_at >= COALESCE(CAST(:since AS timestamptz), '-infinity')
)
SELECT part, count(*) AS deliveries, sum(count(*)) OVER () AS received FROM parts GROUP BY part
"""
_UNFINISHED = """
SELECT (SELECT count(*) FROM runs WHERE state = 'dead' AND settled_at IS NULL
        AND (CAST(:org AS uuid) IS NULL OR organization_id = :org)) AS dead,
    (SELECT count(*) FROM effects WHERE state IN ('failed', 'unknown') AND settled_at IS NULL
        AND (CAST(:org AS uuid) IS NULL OR organization_id = :org)) AS parked,
    (SELECT count(*) FROM quarantine WHERE CAST(:org AS uuid) IS NULL AND received_at > clock_timestamp() - interval '1 day') AS refused
"""
_DUE = """
SELECT purpose, stage, count(*) AS runs, EXTRACT(EPOCH FROM clock_timestamp() - min(GREATEST(not_before, next_publish_at))) AS oldest_s
FROM runs WHERE state IN ('ready', 'waiting') AND next_publish_at < clock_timestamp() - interval '5 seconds'
    AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND (CAST(:org AS uuid) IS NULL OR organization_id = :org)
GROUP BY purpose, stage
"""
_DUE_EFFECTS = """
SELECT count(*) FROM effects WHERE state IN ('pending', 'sending') AND next_publish_at < clock_timestamp() - interval '5 seconds'
    AND (CAST(:org AS uuid) IS NULL OR organization_id = :org)
"""
# a day's at most: what is older is forgotten
_JOBS = """
SELECT state, count(*) AS jobs FROM jobs WHERE (CAST(:org AS uuid) IS NULL OR organization_id = :org)
    AND created_at >= COALESCE(CAST(:since AS timestamptz), '-infinity') GROUP BY state
"""
_DUE_JOBS = """
SELECT kind, count(*) AS jobs,
    EXTRACT(EPOCH FROM clock_timestamp() - min(GREATEST(not_before, COALESCE(lease_until, not_before)))) AS oldest_s
FROM jobs WHERE state IN ('pending', 'running') AND not_before <= clock_timestamp() AND expires_at > clock_timestamp()
    AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND (CAST(:org AS uuid) IS NULL OR organization_id = :org)
GROUP BY kind
"""
PARTS = ("done", "waiting", "quarantined", "dead", "dismissed", "missing", "noted")


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries by what became of them; ``received`` is counted by itself and is the sum of ``parts``."""

    received: int
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Jobs:
    """What was asked of the API within a day, by state. ``due``: how many of a kind a worker could take, the first for how many seconds."""

    states: Mapping[str, int]
    due: Mapping[str, tuple[int, float]]

    @property
    def oldest_due_s(self) -> float | None:
        """For how long the oldest of all could be taken; None if none could."""
        return max((oldest_s for _, oldest_s in self.due.values()), default=None)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What somebody may have to look at. ``due`` says how many runs of a (purpose, stage) are overdue, and for how many seconds."""

    dead: int
    parked: int
    refused: int
    due: Mapping[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    due_effects: int = 0


def count(organization_id: UUID | None, since: datetime | None = None) -> Counts:
    """All deliveries from ``since`` on, of one organization or, with None, of the house; only the house has a quarantine.

    Raises StoreUnavailable.
    """
    with reported(), engine().connect() as connection:
        rows = connection.execute(text(_COUNTS), {"org": organization_id, "since": since}).all()
    found = {row.part: int(row.deliveries) for row in rows}
    return Counts(int(rows[0].received) if rows else 0, {part: found.get(part, 0) for part in PARTS})


def count_unfinished(organization_id: UUID | None) -> Unfinished:
    """What is dead, parked, refused within a day or overdue now, of one organization or of the house. Raises StoreUnavailable."""
    parameters = {"org": organization_id}
    with reported(), engine().connect() as connection:
        row = connection.execute(text(_UNFINISHED), parameters).one()
        due = {(each.purpose, each.stage): (each.runs, float(each.oldest_s)) for each in connection.execute(text(_DUE), parameters)}
        return Unfinished(row.dead, row.parked, row.refused, due, int(connection.scalar(text(_DUE_EFFECTS), parameters) or 0))


def count_jobs(organization_id: UUID | None, since: datetime | None = None) -> Jobs:
    """What was asked of the API from ``since`` on, of one organization or of the house, and what is due of all that is kept.

    Raises StoreUnavailable.
    """
    parameters = {"org": organization_id, "since": since}
    with reported(), engine().connect() as connection:
        found = {row.state: int(row.jobs) for row in connection.execute(text(_JOBS), parameters)}
        due = {row.kind: (int(row.jobs), float(row.oldest_s)) for row in connection.execute(text(_DUE_JOBS), parameters)}
    return Jobs({state.value: found.get(state, 0) for state in JobState}, due)
