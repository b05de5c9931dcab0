"""What stands still for a reason of its own: leases and times that nothing of ours sets, callbacks that do not come, the dead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from db.plant.checkup import PROFILE
from db.tables.base import first_id
from db.tables.jobs import OPEN as OPEN_JOB
from db.tables.runs import DEAD
from domain.statuses import UNKNOWN_SHAPE

# one of each, the oldest, stands for the others
_ONE = "count(*) AS times, (array_agg(it.id ORDER BY it.id))[1] AS id, (array_agg(o.slug ORDER BY it.id))[1] AS slug"
_OF = "AS it JOIN organizations AS o ON o.id = it.organization_id"
_OPEN_RUN, _OPEN_EFFECT = "it.state IN ('ready', 'waiting')", "it.state IN ('pending', 'sending')"
_LEASES = f"""
SELECT {_ONE} FROM (
    SELECT id, organization_id FROM runs AS it WHERE {_OPEN_RUN} AND lease_until > clock_timestamp() + make_interval(secs => :run_s)
    UNION ALL SELECT id, organization_id FROM effects AS it
    WHERE {_OPEN_EFFECT} AND lease_until > clock_timestamp() + make_interval(secs => :effect_s)) {_OF}
"""
_PUT_OFF = f"""
SELECT {_ONE} FROM (
    SELECT id, organization_id FROM runs AS it
    WHERE {_OPEN_RUN} AND GREATEST(not_before, next_publish_at) > clock_timestamp() + make_interval(secs => :longest_s)
    UNION ALL SELECT id, organization_id FROM effects AS it
    WHERE {_OPEN_EFFECT} AND GREATEST(not_before, next_publish_at) > clock_timestamp() + make_interval(secs => :longest_s)) {_OF}
"""
_JOBS = f"""
SELECT {_ONE} FROM (
    SELECT id, organization_id FROM jobs WHERE {OPEN_JOB}
    AND (lease_until > clock_timestamp() + make_interval(secs => :lease_s)
        OR GREATEST(not_before, next_publish_at) > clock_timestamp() + make_interval(secs => :longest_s))) {_OF}
"""
_CALLBACKS = f"""
SELECT {_ONE} FROM runs {_OF} JOIN run_steps AS s ON s.run_id = it.id AND s.stage = 'transcribe'
WHERE {_OPEN_RUN} AND it.stage = 'transcribe' AND s.submission > s.written_off
    AND (s.submission - s.written_off > 1 OR s.submitted_at < clock_timestamp() - make_interval(secs => :overdue_s))
"""
_DEAD = f"""
SELECT it.last_error AS code, {_ONE} FROM (SELECT * FROM runs WHERE {DEAD}) {_OF} GROUP BY it.last_error ORDER BY count(*) DESC LIMIT 5
"""
# by their ids, which tell when they came; the newest stands for the others
_UNREAD = """
SELECT e.id, o.slug, e.subject, e.trace_id, count(*) OVER () AS times
FROM webhook_events AS e JOIN transcripts AS t ON t.id = e.transcript_id JOIN organizations AS o ON o.id = e.organization_id
WHERE e.id >= :since AND e.kind = 'callback_failed' AND t.status = 'failed' AND t.status_reason = :reason
    AND (CAST(:org AS uuid) IS NULL OR e.organization_id = :org)
ORDER BY e.id DESC LIMIT 1
"""
WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stuck:
    """So many, such as ``id``, which is the organization ``slug``'s; ``code`` is what they died of."""

    count: int
    id: UUID
    slug: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """So many documents in a form that nobody knows; ``id``, the request ``subject`` and the trace are the newest one's."""

    count: int
    id: UUID
    slug: str
    subject: str
    trace_id: str


def leases(run_s: float, effect_s: float) -> Stuck | None:
    """What is leased for longer than any claim could have leased it. Raises StoreUnavailable."""
    return _one(_LEASES, run_s=run_s, effect_s=effect_s)


def put_off(longest_s: float) -> Stuck | None:
    """What is not due for longer than anything of ours puts off. Raises StoreUnavailable."""
    return _one(_PUT_OFF, longest_s=longest_s)


def jobs(lease_s: float, longest_s: float) -> Stuck | None:
    """Jobs that are leased or put off for longer than anything of ours does. Raises StoreUnavailable."""
    return _one(_JOBS, lease_s=lease_s, longest_s=longest_s)


def callbacks(overdue_s: float) -> Stuck | None:
    """Recordings whose words are overdue, or were asked for a second time. Raises StoreUnavailable."""
    return _one(_CALLBACKS, overdue_s=overdue_s)


def dead() -> Sequence[Stuck]:
    """What died and waits for a person, by the code that it died of; the five most frequent. Raises StoreUnavailable."""
    with reported(), engine(PROFILE).connect() as connection:
        return [Stuck(row.times, row.id, row.slug, row.code) for row in connection.execute(text(_DEAD))]


def unread(organization_id: UUID | None = None) -> Unread | None:
    """What came within a day, of one organization or of the house, in a form that nobody knows. Raises StoreUnavailable."""
    parameters = {"since": first_id(datetime.now(UTC) - WITHIN), "reason": UNKNOWN_SHAPE, "org": organization_id}
    with reported(), engine(PROFILE).connect() as connection:
        row = connection.execute(text(_UNREAD), parameters).first()
    return Unread(row.times, row.id, row.slug, row.subject, row.trace_id) if row else None


def _one(query: str, **parameters: float) -> Stuck | None:
    with reported(), engine(PROFILE).connect() as connection:
        row = connection.execute(text(query), parameters).one()
    return Stuck(row.times, row.id, row.slug) if row.times else None
