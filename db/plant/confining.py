"""Whether the API's sessions can be confined to the rows of one organization, and what is missing made up for (``db/confinement.py``)."""

from dataclasses import dataclass

from sqlalchemy import text

from db.confinement import MAKE_ROLE, MAY_BE_TAKEN_ON, MAY_SEARCH, POLICY, ROLE, TAKE_ROLE, confine
from db.engine import engine
from db.outage import reported
from db.tables import Base

_ROLE = f"SELECT {MAY_BE_TAKEN_ON} AS is_ours FROM pg_roles AS r WHERE r.rolname = '{ROLE}'"
_CONFINED = f"""
SELECT c.relname FROM pg_class AS c JOIN pg_policy AS p ON p.polrelid = c.oid
WHERE p.polname = '{POLICY}' AND c.relrowsecurity AND c.relnamespace = CAST(current_schema() AS regnamespace)
"""
# whoever asks for the table meanwhile waits behind us
_BRIEFLY = "SET LOCAL lock_timeout = '2s'"


@dataclass(frozen=True, slots=True)
class Confinement:
    """``user`` is who we are to the database; ``bare``: tables of organizations' rows without a policy, in no order that matters."""

    has_role: bool
    is_ours: bool
    bare: tuple[str, ...]
    user: str


def tables() -> list[str]:
    """Every table with rows of an organization; ``organizations`` comes last, its policy says that the others are there."""
    return [*(table.name for table in Base.metadata.sorted_tables if "organization_id" in table.c), "organizations"]


def look() -> Confinement:
    """How it stands. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        role = connection.execute(text(_ROLE)).first()
        held = set(connection.scalars(text(_CONFINED)))
        user = str(connection.scalar(text("SELECT current_user")))
    return Confinement(role is not None, bool(role and role.is_ours), tuple(name for name in tables() if name not in held), user)


def mend() -> Confinement:
    """Make what is missing, as far as this user of the database may; how it stands then. Raises StoreUnavailable."""
    found = look()
    if found.has_role and found.is_ours and not found.bare:
        return found
    with reported():
        for statement in (MAKE_ROLE, TAKE_ROLE, MAY_SEARCH, *map(confine, found.bare)):
            with engine().begin() as connection:
                connection.execute(text(_BRIEFLY))
                connection.exec_driver_sql(statement)
    return look()
