"""In which organizations something waits for a person: whoever is called at night does not know whose call it is."""

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from db.plant.checkup import PROFILE
from db.tables.effects import PARKED, UNDELIVERED
from db.tables.runs import DEAD
from domain.organizations.organization import Tenant

_SOMETHING = f"""
SELECT o.id, o.slug FROM organizations AS o JOIN (
    SELECT organization_id, false AS is_help FROM runs WHERE {DEAD}
    UNION ALL SELECT organization_id, kind = 'escalation' FROM effects WHERE {PARKED}
    UNION ALL SELECT organization_id, true FROM effects WHERE {UNDELIVERED} AND settled_at IS NULL) AS it ON it.organization_id = o.id
GROUP BY o.id, o.slug ORDER BY bool_or(it.is_help) DESC, o.slug
"""


def tenants() -> list[Tenant]:
    """Those, by their slugs; first of all where somebody is waiting for help. Raises StoreUnavailable."""
    with reported(), engine(PROFILE).connect() as connection:
        return [Tenant(row.id, row.slug) for row in connection.execute(text(_SOMETHING))]
