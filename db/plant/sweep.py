"""Finds what is due and what was lost; the sweeper rings the bells that these return, outside any transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from uuid import UUID

from sqlalchemy import Connection, text

from db.engine import SWEEP, engine
from db.outage import reported
from db.plant import failures
from db.tables.effects import IS_URGENT
from domain.chain import TASK_NAMES, EffectKind, Purpose, Stage
from domain.healing import FailureOutcome
from domain.lanes import Lane, lane_of
from domain.runs import MISSING_EVENTS, Bell, EffectBell
from domain.telephony.call_flow import REPLY_AGE_LIMIT_S

# the connection of a pass, for whoever hands it on and knows nothing of databases
Store = Connection

# the number only has to differ from every other lock of the house
SWEEP_LOCK = 7306215


class Place(IntEnum):
    """What one sweeper at a time takes. One place for all of it would let sweepers that take different things find nothing at all."""

    URGENT_RUNS = 1
    RUNS = 2
    URGENT_EFFECTS = 3
    EFFECTS = 4


# A published run is claimed within moments; if its message got lost it is rung again this much later.
_RING_AGAIN = "clock_timestamp() + interval '10 seconds'"

# Whoever was on the line has heard by then that a person will get back to them: what is late is late in its turn, behind nobody's back.
_LANE = f"""CASE WHEN created_at < clock_timestamp() - interval '{REPLY_AGE_LIMIT_S:.0f} seconds' THEN '{Lane.NORMAL}' ELSE lane END"""


def due_runs(lane: Lane) -> str:
    """The statement that takes the due runs of a lane. The lane is written out: each has an index of its own.

    For what has waited the stage begins anew: days without a transcriber are nobody's failure, and use up no patience with a vendor.
    """
    # An array, which the planner takes for a few: of what a limit leaves that it does not know, it expects a tenth of all runs, and would
    # read the table from end to end for them. statement_timestamp() where clock_timestamp(), being volatile, would keep the index from
    # finding what is due.
    return f"""
WITH found AS (
    SELECT ripe.id, wanted.room, row_number() OVER (PARTITION BY wanted.queue ORDER BY ripe.next_publish_at) AS place
    FROM unnest(CAST(:purposes AS text[]), CAST(:stages AS text[]), CAST(:queues AS text[]), CAST(:rooms AS int[]))
        AS wanted (purpose, stage, queue, room)
    CROSS JOIN LATERAL (
        SELECT id, next_publish_at FROM runs
        WHERE lane = '{lane}' AND state IN ('ready', 'waiting') AND runs.purpose = wanted.purpose AND runs.stage = wanted.stage
            AND next_publish_at <= statement_timestamp()
        ORDER BY next_publish_at LIMIT wanted.room FOR UPDATE SKIP LOCKED) AS ripe
)
UPDATE runs SET next_publish_at = {_RING_AGAIN}, state = 'ready', waiting_for = NULL, lane = {_LANE},
    stage_since = CASE WHEN state = 'waiting' AND waiting_for <> '{MISSING_EVENTS}' THEN clock_timestamp() ELSE stage_since END,
    not_before = CASE WHEN state = 'waiting' THEN clock_timestamp() ELSE not_before END
WHERE id = ANY (ARRAY(SELECT id FROM found WHERE place <= room))
RETURNING id, conversation_id, transcript_id, stage, purpose, lane, trace_id
"""


def due_effects(lane: Lane) -> str:
    """The same for effects."""
    return f"""
WITH due AS (
    SELECT id FROM effects
    WHERE {IS_URGENT if lane is Lane.URGENT else f"NOT {IS_URGENT}"} AND state IN ('pending', 'sending')
        AND next_publish_at <= statement_timestamp()
    ORDER BY next_publish_at LIMIT :room FOR UPDATE SKIP LOCKED
)
UPDATE effects SET next_publish_at = {_RING_AGAIN} FROM due WHERE effects.id = due.id
RETURNING effects.id, conversation_id, kind, trace_id
"""


_DUE_RUNS = {lane: due_runs(lane) for lane in Lane}
_DUE_EFFECTS = {lane: due_effects(lane) for lane in Lane}
# Without a lease it failed when more attempts were allowed than now: nobody can claim it, so it ends with the error it had.
_LOST = """state = 'ready' AND attempts > 0 AND attempts >= :max_attempts AND (lease_until IS NULL OR lease_until < clock_timestamp())
    AND next_publish_at <= statement_timestamp()"""
_LOST_RUNS = f"""
SELECT id, transcript_id, stage, CASE WHEN lease_until IS NULL THEN COALESCE(last_error, 'worker_lost') ELSE 'worker_lost' END AS code
FROM runs WHERE {_LOST} LIMIT 100
"""
# a run that dies without words fails the speech axis, any other the AI's
_SPEECH = "r.stage = 'transcribe' AND t.status <> 'completed'"
_BURY_TRANSCRIPT = f"""
UPDATE transcripts AS t SET updated_at = clock_timestamp(),
    status = CASE WHEN {_SPEECH} THEN 'failed' ELSE t.status END,
    status_reason = CASE WHEN {_SPEECH} THEN :code ELSE t.status_reason END,
    processing_status = CASE WHEN {_SPEECH} THEN t.processing_status ELSE 'failed' END,
    processing_reason = CASE WHEN {_SPEECH} THEN t.processing_reason ELSE :code END
FROM runs AS r
WHERE t.id = :transcript AND t.processing_status <> 'completed' AND r.id = :run AND r.purpose = 'live'
"""
_BURY_RUN = f"""
UPDATE runs SET state = 'dead', last_error = :code, lease_token = NULL, lease_until = NULL, finished_at = clock_timestamp()
WHERE id = :run AND {_LOST}
"""


@contextmanager
def opened() -> Iterator[Connection]:
    """One connection for a whole pass; each of the functions below is a short transaction on it. Raises StoreUnavailable."""
    with reported(), engine(SWEEP).connect() as connection:
        yield connection


def bury_lost(connection: Connection, max_attempts: int) -> list[tuple[UUID, str]]:
    """End the runs whose attempts are used up and which nobody holds; their ids and error codes."""
    buried = []
    lost = connection.execute(text(_LOST_RUNS), {"max_attempts": max_attempts}).all()
    connection.rollback()
    for row in lost:
        # transcript before run, like everybody else; a run that somebody else ended meanwhile leaves no trace
        with connection.begin() as transaction:
            parameters = {"run": row.id, "transcript": row.transcript_id, "code": row.code, "max_attempts": max_attempts}
            connection.execute(text(_BURY_TRANSCRIPT), parameters)
            if connection.execute(text(_BURY_RUN), parameters).rowcount != 1:
                transaction.rollback()
                continue
            failures.count(connection, TASK_NAMES[Stage(row.stage)], row.code, FailureOutcome.ENDED)
            buried.append((row.id, row.code))
    return buried


def take_due_runs(connection: Connection, wanted: Sequence[tuple[Purpose, Stage, str, int]], lane: Lane = Lane.NORMAL) -> list[Bell]:
    """Due runs of a lane, of each (purpose, stage, queue, room), oldest first, each due again later; what shares a queue shares its room.

    What nobody waits for any more leaves the urgent lane. Empty if another sweeper is at it.
    """
    purposes, stages, queues, rooms = ([pair[column] for pair in wanted] for column in range(4))
    parameters = {"purposes": purposes, "stages": stages, "queues": queues, "rooms": rooms}
    place = Place.URGENT_RUNS if lane is Lane.URGENT else Place.RUNS
    with connection.begin():
        rows = connection.execute(text(_DUE_RUNS[lane]), parameters).all() if _alone(connection, place) else []
    return [
        Bell(row.id, row.conversation_id, row.transcript_id, Stage(row.stage), Purpose(row.purpose), row.trace_id, Lane(row.lane))
        for row in rows
    ]


def take_due_effects(connection: Connection, room: int, lane: Lane = Lane.NORMAL) -> list[EffectBell]:
    """Up to ``room`` due effects of a lane, oldest first, each due again later. Empty if another sweeper is at it."""
    place = Place.URGENT_EFFECTS if lane is Lane.URGENT else Place.EFFECTS
    with connection.begin():
        rows = connection.execute(text(_DUE_EFFECTS[lane]), {"room": room}).all() if _alone(connection, place) else []
    return [EffectBell(row.id, row.conversation_id, row.trace_id, lane_of(EffectKind(row.kind))) for row in rows]


def ring_again_soon(connection: Connection, run_ids: Sequence[UUID], effect_ids: Sequence[UUID]) -> None:
    """What could not be published is due again in a second, unless somebody is at it: then it was rung for all the same."""
    with connection.begin():
        for table, ids in (("runs", run_ids), ("effects", effect_ids)):
            free = f"SELECT id FROM {table} WHERE id = ANY(:ids) FOR UPDATE SKIP LOCKED"
            soon = f"UPDATE {table} SET next_publish_at = clock_timestamp() + interval '1 second' WHERE id IN ({free})"
            connection.execute(text(soon), {"ids": list(ids)})


def _alone(connection: Connection, place: Place) -> bool:
    return bool(connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({SWEEP_LOCK}, {place:d})")))
