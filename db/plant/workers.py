"""Heartbeats of workers, and turns of periodic tasks."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, text

from db.engine import engine
from db.outage import reported

# A name is "worker@host/boot", and without a boot that of the release before. Predecessors of the same name are gone after a minute.
_NAMESAKES = "split_part(name, '/', 1) = split_part(:name, '/', 1) AND name <> :name"
_BEAT = f"""
WITH gone AS (DELETE FROM workers WHERE {_NAMESAKES} AND seen_at < clock_timestamp() - interval '1 minute')
INSERT INTO workers (name, queues, fingerprints) VALUES (:name, :queues, CAST(:fingerprints AS jsonb))
ON CONFLICT (name) DO UPDATE SET queues = excluded.queues, fingerprints = excluded.fingerprints, seen_at = clock_timestamp()
"""
# it says so twice a second while it lives
_TAKEN = f"SELECT EXISTS (SELECT FROM workers WHERE {_NAMESAKES} AND seen_at > clock_timestamp() - interval '5 seconds')"
# For the statement that claims, which has the CTE ``claimed``. At most every 5 s, and not if somebody else writes the row just now: no
# child ever waits for it, and whoever holds it waits for nobody, in whatever order the others were locked.
NOTE_CLAIM = """
UPDATE workers SET last_claim_at = clock_timestamp() WHERE name = (
    SELECT name FROM workers
    WHERE name = :worker AND EXISTS (SELECT FROM claimed)
        AND (last_claim_at IS NULL OR last_claim_at < clock_timestamp() - interval '5 seconds')
    FOR NO KEY UPDATE SKIP LOCKED)
"""
_FORGET = "DELETE FROM workers WHERE seen_at < clock_timestamp() - interval '1 day'"
_TURN = """
INSERT INTO periodic_tasks (name) VALUES (:name)
ON CONFLICT (name) DO UPDATE SET last_run_at = clock_timestamp()
    WHERE periodic_tasks.last_run_at < clock_timestamp() - make_interval(secs => :every_s * 0.9)
RETURNING name
"""
# what beat rings for says that it does, whether it is its turn or not; the workers that check in its place do not
BEAT = "beat"
_BEATS = f"""
INSERT INTO periodic_tasks (name) VALUES ('{BEAT}') ON CONFLICT (name) DO UPDATE SET last_run_at = clock_timestamp()
"""


def beat(connection: Connection, name: str, queues: list[str], fingerprints: Mapping[str, str] | None = None) -> None:
    """Note that a worker is there and with which settings, on the connection of a sweep."""
    told = {"name": name, "queues": queues, "fingerprints": json.dumps(fingerprints) if fingerprints else None}
    with connection.begin():
        connection.execute(text(_BEAT), told)


def sign_off(connection: Connection, name: str) -> None:
    """Forget a worker that ends as it should: whoever is silent without having said so is missed."""
    with connection.begin():
        connection.execute(text("DELETE FROM workers WHERE name = :name"), {"name": name})


def is_name_taken(connection: Connection, name: str) -> bool:
    """Whether another process of the same name was seen within 5 s: Celery's control and Flower cannot tell the two apart."""
    with connection.begin():
        return bool(connection.scalar(text(_TAKEN), {"name": name}))


def forget_silent() -> int:
    """Drop workers that were not seen for a day; how many. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        return connection.execute(text(_FORGET)).rowcount


def take_turn(name: str, every_s: float) -> bool:
    """Whether it is this caller's turn to run a periodic task: two schedulers do not run it twice. Beat is noted to be there.

    Raises StoreUnavailable.
    """
    with reported(), engine().begin() as connection:
        connection.execute(text(_BEATS))
        return _taken(connection, name, every_s)


def take_turn_of(connection: Connection, name: str, every_s: float) -> bool:
    """The same, on the connection of a sweep: for what shall go on when its scheduler is gone."""
    with connection.begin():
        return _taken(connection, name, every_s)


def _taken(connection: Connection, name: str, every_s: float) -> bool:
    return connection.execute(text(_TURN), {"name": name, "every_s": every_s}).first() is not None
