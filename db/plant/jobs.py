"""Hands a job to one worker at a time, writes down what it answered, and finds what is due. The rules are those of runs (I2, I3)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import orjson
from sqlalchemy import Connection, text

from db.engine import engine
from db.one_trip import Statement, commit, commit_words, fenced
from db.outage import reported
from db.plant import failures
from db.plant.workers import NOTE_CLAIM
from db.spending import counted_tokens
from domain.healing import FailureOutcome
from domain.jobs import Job, JobBell, JobKind
from domain.speech import Engine

TASK = "job.run"
# so many at once: a transaction of its own each, as everything that is forgotten
CHUNK = 200

_RELEASED = "lease_token = NULL, lease_until = NULL"
_MINE = "WHERE organization_id = :org AND id = :job AND lease_token = :token"
_CLAIM = f"""
WITH claimed AS (
    UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = gen_random_uuid(), worker = :worker,
        started_at = COALESCE(started_at, clock_timestamp()),
        lease_until = clock_timestamp() + make_interval(secs => :lease_s),
        next_publish_at = clock_timestamp() + make_interval(secs => :lease_s + 0.5)
    WHERE id = :job AND state IN ('pending', 'running') AND attempts < :max_attempts AND not_before <= clock_timestamp()
        AND (lease_until IS NULL OR lease_until < clock_timestamp()) AND expires_at > clock_timestamp()
    RETURNING id, organization_id, kind, request, audio, actor, trace_id, attempts, lease_token, created_at
), noted AS ({NOTE_CLAIM})
SELECT *, EXTRACT(EPOCH FROM clock_timestamp() - created_at) AS age_s FROM claimed
"""
# what is over is heard no more: its audio need not wait for the day to end
_OVER = "audio = NULL, lease_token = NULL, lease_until = NULL, finished_at = clock_timestamp()"
_SUCCEED = f"UPDATE jobs SET state = 'succeeded', error_code = NULL, {_OVER} {_MINE}"
_RESULT = "UPDATE jobs SET result = CAST(:result AS jsonb) WHERE organization_id = :org AND id = :job"
# its key is free again: what failed may be asked for once more
_FAIL = f"""
UPDATE jobs SET state = 'failed', error_code = :code, idempotency_key = NULL, {_OVER} {_MINE}
"""
_POSTPONE = f"""
UPDATE jobs SET state = 'pending', error_code = :code, attempts = attempts - :given_back, {_RELEASED},
    not_before = clock_timestamp() + make_interval(secs => :delay_s),
    next_publish_at = clock_timestamp() + make_interval(secs => :delay_s) {_MINE}
"""
_PAID = f"""
UPDATE jobs SET provider = :provider, model = :model, price_usd = COALESCE(price_usd + CAST(:price AS numeric), :price, price_usd),
    usage = (
        SELECT jsonb_object_agg(unit, taken) FROM (
            SELECT unit, sum(CAST(many AS bigint)) AS taken FROM (
                SELECT * FROM jsonb_each_text(jobs.usage)
                UNION ALL SELECT * FROM jsonb_each_text(CAST(:usage AS jsonb))) AS figures (unit, many)
            GROUP BY unit) AS units) {_MINE}
"""
# an array, as in db/plant/sweep.py
_DUE = """
WITH found AS (
    SELECT ripe.id, row_number() OVER (PARTITION BY wanted.queue ORDER BY ripe.next_publish_at) AS place, wanted.room
    FROM unnest(CAST(:kinds AS text[]), CAST(:queues AS text[]), CAST(:rooms AS int[])) AS wanted (kind, queue, room)
    CROSS JOIN LATERAL (
        SELECT id, next_publish_at FROM jobs
        WHERE kind = wanted.kind AND state IN ('pending', 'running') AND next_publish_at <= statement_timestamp()
        ORDER BY next_publish_at LIMIT wanted.room FOR UPDATE SKIP LOCKED) AS ripe
)
UPDATE jobs SET next_publish_at = clock_timestamp() + interval '10 seconds'
WHERE id = ANY (ARRAY(SELECT id FROM found WHERE place <= room))
RETURNING id, kind, trace_id
"""
# whoever took it ended in the middle each time; without a lease it was put off more often than is allowed now
_BURY_LOST = f"""
UPDATE jobs SET state = 'failed', idempotency_key = NULL, {_OVER},
    error_code = CASE WHEN lease_until IS NULL THEN COALESCE(error_code, 'worker_lost') ELSE 'worker_lost' END
WHERE id IN (
    SELECT id FROM jobs WHERE state IN ('pending', 'running') AND attempts >= :max_attempts
        AND next_publish_at <= statement_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
    LIMIT 100 FOR UPDATE SKIP LOCKED)
RETURNING id, error_code
"""
_SOON = "UPDATE jobs SET next_publish_at = clock_timestamp() + interval '1 second' WHERE id = ANY(:jobs)"
_FORGET = """
DELETE FROM jobs WHERE id IN (
    SELECT id FROM jobs WHERE expires_at <= statement_timestamp() ORDER BY expires_at LIMIT :chunk FOR UPDATE SKIP LOCKED)
"""


def claim(job_id: UUID, *, lease_s: float, max_attempts: int, worker: str) -> Job | None:
    """Lease a job to a worker, committed before any work; None if it is over, leased, put off, or gone. Raises StoreUnavailable."""
    rows = commit(Statement(_CLAIM, {"job": job_id, "lease_s": lease_s, "max_attempts": max_attempts, "worker": worker}))
    if not rows:
        return None
    [row] = rows
    audio = bytes(row.audio) if row.audio is not None else None
    return Job(
        row.id, row.organization_id, JobKind(row.kind), row.request, row.actor, row.trace_id, row.attempts, row.lease_token,
        float(row.age_s), audio,
    )  # fmt: skip


def succeed(job: Job, result: Mapping[str, object]) -> None:
    """Write the answer down. Raises LeaseLost, StoreUnavailable."""
    words = Statement(_RESULT, _identify(job) | {"result": orjson.dumps(dict(result)).decode()})
    commit_words(fenced(_SUCCEED, _identify(job)), words=[words])


def fail(job: Job, code: str) -> None:
    """End a job badly; it says why. Raises LeaseLost, StoreUnavailable."""
    commit(fenced(_FAIL, _identify(job) | {"code": code}), failures.counted(TASK, code, FailureOutcome.ENDED))


def postpone(job: Job, code: str, delay_s: float, *, give_back: bool) -> None:
    """Try again after ``delay_s`` seconds; ``give_back`` does not count the attempt. Raises LeaseLost, StoreUnavailable."""
    told = _identify(job) | {"code": code, "delay_s": delay_s, "given_back": 1 if give_back else 0}
    outcome = FailureOutcome.PAUSED if give_back else FailureOutcome.RETRIED
    commit(fenced(_POSTPONE, told), failures.counted(TASK, code, outcome))


def note_paid(job: Job, by: Engine, price_usd: Decimal | None) -> None:
    """Add what an answer took, as soon as it is there: it was paid whatever becomes of the job. Raises LeaseLost, StoreUnavailable."""
    tokens = by.usage.get("input_tokens", 0) + by.usage.get("output_tokens", 0)
    told = {"provider": by.provider, "model": by.model, "usage": orjson.dumps(dict(by.usage)).decode(), "price": price_usd}
    commit(fenced(_PAID, _identify(job) | told), *counted_tokens(job.organization_id, tokens))


def take_due(connection: Connection, wanted: Sequence[tuple[JobKind, str, int]]) -> list[JobBell]:
    """Due jobs of each (kind, queue, room), oldest first, each due again later; what shares a queue shares its room."""
    kinds, queues, rooms = ([each[column] for each in wanted] for column in range(3))
    with connection.begin():
        rows = connection.execute(text(_DUE), {"kinds": kinds, "queues": queues, "rooms": rooms}).all()
    return [JobBell(row.id, JobKind(row.kind), row.trace_id) for row in rows]


def bury_lost(connection: Connection, max_attempts: int) -> list[tuple[UUID, str]]:
    """End the jobs whose attempts are used up and which nobody holds; their ids and error codes."""
    with connection.begin():
        return [(row.id, row.error_code) for row in connection.execute(text(_BURY_LOST), {"max_attempts": max_attempts})]


def ring_again_soon(connection: Connection, job_ids: Sequence[UUID]) -> None:
    """What could not be published is due again in a second."""
    with connection.begin():
        connection.execute(text(_SOON), {"jobs": list(job_ids)})


def forget_expired() -> int:
    """Drop a chunk of jobs whose time is over, with all that was asked and answered; how many. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        return connection.execute(text(_FORGET), {"chunk": CHUNK}).rowcount


def _identify(job: Job) -> dict[str, object]:
    return {"org": job.organization_id, "job": job.id, "token": job.lease_token}
