"""Whether the API's sessions can be confined to the rows of one organization, and what is missing made up for (``db/confinement.py``)."""

from dataclasses import dataclass

from sqlalchemy import text

from db.confinement import MAKE_ROLE, MAY_BE_TAKEN_ON, MAY_SEARCH, POLICY, ROLE, TAKE_ROLE, confine, privileges
from db.engine import engine
from db.outage import reported
from db.tables import Base

_ROLE = f"SELECT {MAY_BE_TAKEN_ON} AS is_ours FROM pg_roles AS r WHERE r.rolname = '{ROLE}'"
_CONFINED = f"""
SELECT c.relname FROM pg_class AS c JOIN pg_policy AS p ON p.polrelid = c.oid
WHERE p.polname = '{POLICY}' AND c.relrowsecurity AND c.relnamespace = CAST(current_schema() AS regnamespace)
"""
_DENIED = f"""
SELECT wanted.name FROM unnest(CAST(:names AS text[]), CAST(:privileges AS text[])) AS wanted (name, privilege)
WHERE to_regclass(wanted.name) IS NOT NULL AND NOT has_table_privilege('{ROLE}', to_regclass(wanted.name), wanted.privilege)
"""
_MISSING = "SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass(name) IS NULL ORDER BY name"
# whoever asks for the table meanwhile waits behind us
_BRIEFLY = "SET LOCAL lock_timeout = '2s'"


@dataclass(frozen=True, slots=True)
class Confinement:
    """``user`` is who we are to the database; ``bare``: tables of organizations' rows without a policy, in no order that matters.

    ``denied``: those that the role may not read or write as the API has to.
    """

    has_role: bool
    is_ours: bool
    bare: tuple[str, ...]
    user: str
    denied: tuple[str, ...] = ()


def tables() -> list[str]:
    """Every table with rows of an organization; ``organizations`` comes last, its policy says that the others are there."""
    return [*(table.name for table in Base.metadata.sorted_tables if "organization_id" in table.c), "organizations"]


def missing_tables() -> list[str]:
    """Tables of this release that the database has not, by their names. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        return list(connection.scalars(text(_MISSING), {"names": list(Base.metadata.tables)}))


def look() -> Confinement:
    """How it stands. Raises StoreUnavailable."""
    wanted = [(name, privilege) for name in tables() for privilege in privileges(name)]
    names, rights = ([each[column] for each in wanted] for column in range(2))
    with reported(), engine().connect() as connection:
        role = connection.execute(text(_ROLE)).first()
        held = set(connection.scalars(text(_CONFINED)))
        denied = set(connection.scalars(text(_DENIED), {"names": names, "privileges": rights})) if role else set()
        user = str(connection.scalar(text("SELECT current_user")))
    bare = tuple(name for name in tables() if name not in held)
    return Confinement(role is not None, bool(role and role.is_ours), bare, user, tuple(sorted(denied)))


def mend() -> Confinement:
    """Make what is missing, as far as this user of the database may; how it stands then. Raises StoreUnavailable."""
    found = look()
    if found.has_role and found.is_ours and not found.bare and not found.denied:
        return found
    with reported():
        for statement in (MAKE_ROLE, TAKE_ROLE, MAY_SEARCH, *map(confine, (*found.bare, *found.denied))):
            with engine().begin() as connection:
                connection.execute(text(_BRIEFLY))
                connection.exec_driver_sql(statement)
    return look()
