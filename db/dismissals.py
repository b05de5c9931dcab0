"""A person says "leave it": a dead run, or an effect that failed or has no known outcome, stays as it is and waits for nobody (I6).

So does a call for help that did not reach its telephone.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from db import audits
from db.engine import engine
from db.outage import reported
from db.tables.effects import PARKED, UNDELIVERED
from db.tables.runs import DEAD
from domain.errors import RefusedError

_DISMISS = {
    "run": f"UPDATE runs SET settled_at = clock_timestamp(), settled_by = :by WHERE organization_id = :org AND id = :id AND {DEAD}",
    "effect": f"""
        UPDATE effects SET settled_at = clock_timestamp(), settled_by = :by
        WHERE organization_id = :org AND id = :id AND (({PARKED}) OR ({UNDELIVERED} AND settled_at IS NULL))""",
}
_STANDS = """
SELECT 'Run' AS what, state, settled_at, settled_by FROM runs WHERE organization_id = :org AND id = :id
UNION ALL SELECT 'Effect', state, settled_at, settled_by FROM effects WHERE organization_id = :org AND id = :id
"""
_BOUNDS = """
(CAST(:code AS text) IS NULL OR last_error = :code) AND finished_at >= COALESCE(CAST(:since AS timestamptz), '-infinity')
    AND finished_at < COALESCE(CAST(:until AS timestamptz), clock_timestamp())"""
# a call for help is somebody who may have waited in vain: whoever leaves it looks at that one
_WAITING = f"""
SELECT what, id, code, count(*) OVER () AS times FROM (
    SELECT 'run' AS what, id, last_error AS code, finished_at FROM runs WHERE organization_id = :org AND {DEAD} AND {_BOUNDS}
    UNION ALL
    SELECT 'effect', id, last_error, finished_at FROM effects
    WHERE organization_id = :org AND {PARKED} AND kind <> 'escalation' AND {_BOUNDS}) AS waiting
ORDER BY finished_at, id LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run or an effect that waits for a person, and why."""

    what: str
    id: UUID
    code: str


def find_waiting(
    organization_id: UUID, code: str | None, since: datetime | None, until: datetime | None, limit: int
) -> tuple[list[Waiting], int]:
    """The oldest of what ended with a code, from a time on and before another (None does not ask), and how many there are beyond them.

    No call for help is among them. Raises StoreUnavailable.
    """
    bounds = {"org": organization_id, "code": code, "since": since, "until": until, "limit": limit}
    with reported(), engine().connect() as connection:
        rows = connection.execute(text(_WAITING), bounds).all()
    return [Waiting(row.what, row.id, row.code or "no code") for row in rows], rows[0].times - len(rows) if rows else 0


def dismiss(organization_id: UUID, named: UUID, by: str) -> str:
    """Write down who decided that it stays as it is; which of both it was, "run" or "effect". Raises RefusedError, StoreUnavailable."""
    parameters = {"org": organization_id, "id": named, "by": by}
    with reported(), engine().begin() as connection:
        for what, statement in _DISMISS.items():
            if connection.execute(text(statement), parameters).rowcount:
                audits.record(connection, organization_id, by, f"{what}.dismiss", what, named)
                return what
        found = connection.execute(text(_STANDS), parameters).first()
    if found is None:
        raise RefusedError(f"There is no run and no effect {named} in this organization; --org names another one.")
    if found.settled_at:
        raise RefusedError(f"{found.what} {named} waits for nobody since {found.settled_at:%Y-%m-%d %H:%M:%S}: {found.settled_by}.")
    raise RefusedError(f"{found.what} {named} is {found.state}: it waits for nobody.")
