"""A person says "leave it": a dead run, or an effect that failed or has no known outcome, stays as it is and waits for nobody (I6).

So does a call for help that did not reach its telephone.
"""

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
