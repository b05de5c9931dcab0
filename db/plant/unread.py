"""Organizations whose settings nobody can read, as a diagnosis sees them."""

from dataclasses import dataclass

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from db.plant.checkup import PROFILE

# the slug stands for all of them; what a version keeps is never changed again
_UNREAD = """
SELECT count(*) OVER () AS times, o.slug, (SELECT max(v.version) FROM organization_versions AS v
    WHERE v.organization_id = o.id AND jsonb_typeof(v.settings) = 'object') AS version
FROM organizations AS o WHERE jsonb_typeof(o.settings) <> 'object' ORDER BY o.slug LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Unread:
    """So many organizations, such as ``slug``; ``version`` is the last of its settings that can be read, None if none was kept."""

    count: int
    slug: str
    version: int | None


def find() -> Unread | None:
    """The organizations whose settings are no JSON object. Raises StoreUnavailable."""
    with reported(), engine(PROFILE).connect() as connection:
        found = connection.execute(text(_UNREAD)).first()
    return Unread(found.times, found.slug, found.version) if found else None
