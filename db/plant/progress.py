"""Whether a worker gets on: what has long been due that it may claim, and what it holds. Only the database's clock decides."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from db.plant import claims, effects
from db.tables.effects import LANE
from domain.chain import Purpose, Stage
from domain.lanes import Lane
from domain.vendors import Vendor

Wanted = Sequence[tuple[Purpose, Stage, Lane, Vendor | None]]

_LONG_AGO = "(clock_timestamp() - make_interval(secs => :idle_s))"
_IDLE = f"(w.last_claim_at IS NULL OR w.last_claim_at < {_LONG_AGO})"
_MAY_RESTART = "(w.restarted_at IS NULL OR w.restarted_at < clock_timestamp() - make_interval(secs => :again_after_s))"
# What may be claimed is rung for within 10 s, so that it is found by the index among whatever waits for something later.
_RUNG_SOON = "next_publish_at < statement_timestamp() + interval '15 seconds'"
# An earlier turn that has just ended kept this one from being claimed until then.
_NOT_KEPT_UNTIL_NOW = f"""NOT EXISTS (
    SELECT FROM transcripts AS t JOIN runs AS earlier ON earlier.transcript_id = t.id
    WHERE t.conversation_id = r.conversation_id AND t.turn < r.turn AND earlier.finished_at > {_LONG_AGO})"""
_STRANDED = f"""
SELECT EXTRACT(EPOCH FROM clock_timestamp() - due.since)
FROM workers AS w CROSS JOIN LATERAL (
    (SELECT GREATEST(r.not_before, r.stage_since, r.lease_until) AS since
    FROM unnest(CAST(:purposes AS text[]), CAST(:stages AS text[]), CAST(:lanes AS text[]), CAST(:vendors AS text[]))
        AS wanted (purpose, stage, lane, vendor)
    JOIN runs AS r ON r.purpose = wanted.purpose AND r.stage = wanted.stage AND r.lane = wanted.lane AND r.{_RUNG_SOON}
    WHERE r.stage_since <= {_LONG_AGO} AND {claims.claimable("wanted.vendor", _LONG_AGO)} AND {_NOT_KEPT_UNTIL_NOW} LIMIT 1)
    UNION ALL
    (SELECT GREATEST(not_before, lease_until) FROM effects
    WHERE {LANE} = ANY(CAST(:delivers AS text[])) AND {_RUNG_SOON} AND {effects.claimable(_LONG_AGO)} LIMIT 1)
    LIMIT 1) AS due
WHERE w.name = :worker AND {_IDLE} AND {_MAY_RESTART}
"""
_HELD_RUNS = """
SELECT r.id FROM runs AS r JOIN run_steps AS s ON s.run_id = r.id AND s.stage = r.stage
WHERE s.worker = :worker AND r.state = 'ready' AND r.lease_until > clock_timestamp()
"""
_TAKE_RESTART = f"""
UPDATE workers AS w SET restarted_at = clock_timestamp()
WHERE w.name = :worker AND {_IDLE} AND {_MAY_RESTART} AND NOT EXISTS ({_HELD_RUNS})
    AND NOT EXISTS (SELECT FROM effects AS e WHERE e.worker = :worker AND e.state = 'sending' AND e.lease_until > clock_timestamp())
"""
# It was we who ended the work, so the attempt does not count.
_HAND_BACK = f"""
WITH mine AS ({_HELD_RUNS} FOR UPDATE OF r SKIP LOCKED), uncounted AS (
    UPDATE run_steps AS s SET attempts = GREATEST(0, s.attempts - 1)
    FROM mine JOIN runs AS r ON r.id = mine.id WHERE s.run_id = r.id AND s.stage = r.stage
)
UPDATE runs AS r SET lease_token = NULL, lease_until = NULL, attempts = GREATEST(0, r.attempts - 1), next_publish_at = clock_timestamp()
FROM mine WHERE r.id = mine.id RETURNING r.id
"""


def stranded_s(
    connection: Connection, worker: str, wanted: Wanted, *, delivers: Sequence[Lane], max_attempts: int, idle_s: float, again_after_s: float
) -> float | None:
    """For how many seconds something has been due that the worker could have claimed, if it claimed nothing for ``idle_s``; else None.

    None, too, if it restarted within ``again_after_s``. ``wanted`` is what its queues bring it, each with the vendor that the stage
    cannot be done without; ``delivers`` says of which lanes effects are among it.
    """
    purposes, stages, lanes, vendors = ([each[column] for each in wanted] for column in range(4))
    routes = {"purposes": purposes, "stages": stages, "lanes": lanes, "vendors": vendors}
    parameters = routes | {"delivers": list(delivers), "max_attempts": max_attempts}
    with connection.begin():
        found = connection.scalar(text(_STRANDED), parameters | _limits(worker, idle_s, again_after_s))
    return None if found is None else float(found)


def take_restart(connection: Connection, worker: str, *, idle_s: float, again_after_s: float) -> bool:
    """Note that the worker restarts now; False if it holds a lease, so that it is busy, has claimed meanwhile, or restarted lately."""
    with connection.begin():
        return connection.execute(text(_TAKE_RESTART), _limits(worker, idle_s, again_after_s)).rowcount == 1


def hand_back(connection: Connection, worker: str) -> list[UUID]:
    """End the leases on runs of a worker whose processes are gone, so that another need not wait for them to run out; the runs' ids.

    Effects keep theirs: what was being sent may be looked up only when the vendor has surely heard of it.
    """
    with connection.begin():
        return list(connection.scalars(text(_HAND_BACK), {"worker": worker}))


def _limits(worker: str, idle_s: float, again_after_s: float) -> dict[str, object]:
    return {"worker": worker, "idle_s": idle_s, "again_after_s": again_after_s}
