"""Who holds the server's connections: by the name that a session gives itself, and by what it does."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from db.plant.checkup import PROFILE
from domain.errors import StoreUnavailable

# of another user's sessions the server tells the name only
_HOLDERS = """
SELECT COALESCE(NULLIF(application_name, ''), 'nameless') AS name, COALESCE(state, 'of another user') AS state, count(*) AS sessions
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 10
"""
_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Holder:
    """So many sessions of a name are in a state, such as ``idle``."""

    name: str
    state: str
    sessions: int


def holders() -> list[Holder]:
    """Who holds most. Raises StoreUnavailable."""
    with reported(), engine(PROFILE).connect() as connection:
        return [Holder(row.name, row.state, row.sessions) for row in connection.execute(text(_HOLDERS))]


def when_there_is_room(within_s: float) -> Sequence[Holder]:
    """The same on a server that gives no further connection: as soon as it gives one; nobody if it gives none in time."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        try:
            return holders()
        except StoreUnavailable:
            time.sleep(_AGAIN_S)
    return ()
