"""What somebody asks of the API: entered once for each key, looked at until it expires, taken back if it came too late."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from db import audits
from db.engine import engine
from db.outage import reported
from db.tables.base import new_id
from domain.errors import KeyReusedError, StoreUnavailable, TooMuchAudioError
from domain.jobs import AUDIO_AT_MOST, KEPT_S, JobKind, JobState, JobView, Order

_COLUMNS = """id, kind, state, result, error_code, attempts, trace_id, created_at, started_at, finished_at, expires_at,
    CASE WHEN state = 'pending' AND error_code IS NOT NULL THEN GREATEST(0, EXTRACT(EPOCH FROM not_before - clock_timestamp())) END
        AS retry_in_s"""
_FREE_KEY = "DELETE FROM jobs WHERE organization_id = :org AND idempotency_key = :key AND expires_at <= clock_timestamp()"
# the front rings for it at once; the sweeper only if that message got lost
_ENTER = f"""
INSERT INTO jobs (id, organization_id, kind, request, audio, conversation_id, idempotency_key, request_sha256, actor, trace_id,
    next_publish_at, expires_at)
VALUES (:id, :org, :kind, CAST(:request AS jsonb), :audio, :conversation, :key, :sha256, :actor, :trace_id,
    clock_timestamp() + interval '3 seconds', clock_timestamp() + make_interval(secs => :kept_s))
ON CONFLICT (organization_id, idempotency_key) DO NOTHING
RETURNING {_COLUMNS}
"""
_BY_KEY = f"SELECT {_COLUMNS}, request_sha256 FROM jobs WHERE organization_id = :org AND idempotency_key = :key"
# of the open ones, which the index of what is due holds; the length stands beside the bytes, which are not read
_WAITING = """
SELECT COALESCE(sum(octet_length(audio)), 0) AS waiting FROM jobs
WHERE organization_id = :org AND kind = 'transcribe' AND state IN ('pending', 'running')
"""
_FIND = f"SELECT {_COLUMNS} FROM jobs WHERE organization_id = :org AND id = :id AND expires_at > clock_timestamp()"
# its key is free again: what was never done may be asked for once more
_GIVE_UP = """
UPDATE jobs SET state = 'failed', idempotency_key = NULL, audio = NULL, finished_at = clock_timestamp()
WHERE organization_id = :org AND id = :id AND state = 'pending' AND error_code IS NOT NULL AND not_before > clock_timestamp()
"""


def enter(organization_id: UUID, order: Order) -> tuple[JobView, bool]:
    """The job, and whether it is new: an order whose key came with the very same request before is the job that there is.

    Of two at once one enters it. Raises KeyReusedError if the key came with another request, TooMuchAudioError, StoreUnavailable.
    """
    values = {
        "id": new_id(), "org": organization_id, "kind": order.kind, "request": orjson.dumps(dict(order.request)).decode(),
        "audio": order.audio, "conversation": order.conversation_id, "key": order.key, "sha256": order.sha256, "actor": order.actor,
        "trace_id": order.trace_id, "kept_s": KEPT_S,
    }  # fmt: skip
    with reported(), engine().begin() as connection:
        has_room = _has_room(connection, values)
        entered = _entered(connection, values) if has_room else None
        if entered:
            # the others change nothing
            if order.kind is JobKind.REPROCESS:
                audits.record(connection, organization_id, order.actor, "conversations.reprocess", "job", entered.id)
            return entered, True
        found = connection.execute(text(_BY_KEY), values).first()
    if not (found or has_room):
        raise TooMuchAudioError
    if found is None:
        # it failed, or was erased, at this very moment: whoever comes again enters a new one
        raise StoreUnavailable("job_gone")
    if bytes(found.request_sha256) != order.sha256:
        raise KeyReusedError
    return _view(found), False


def find(organization_id: UUID, job_id: UUID) -> JobView | None:
    """A job that has not expired. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        row = connection.execute(text(_FIND), {"org": organization_id, "id": job_id}).first()
    return _view(row) if row else None


def give_up(organization_id: UUID, job_id: UUID) -> bool:
    """End a job that was put off, for somebody who does not wait so long; whether nobody had taken it again. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        return connection.execute(text(_GIVE_UP), {"org": organization_id, "id": job_id}).rowcount == 1


def _has_room(connection: Connection, values: dict[str, Any]) -> bool:
    """Whether this audio may wait beside what waits already. Those who ask at the same moment may all get the last room."""
    if values["audio"] is None:
        return True
    return bool(connection.execute(text(_WAITING), values).scalar_one() + len(values["audio"]) <= AUDIO_AT_MOST)


def _entered(connection: Connection, values: dict[str, object]) -> JobView | None:
    if values["key"]:
        connection.execute(text(_FREE_KEY), values)
    row = connection.execute(text(_ENTER), values).first()
    return _view(row) if row else None


def _view(row: Row[Any]) -> JobView:
    return JobView(
        row.id, JobKind(row.kind), JobState(row.state), row.result, row.error_code, row.attempts,
        float(row.retry_in_s) if row.retry_in_s is not None else None,
        row.trace_id, row.created_at, row.started_at, row.finished_at, row.expires_at,
    )  # fmt: skip
