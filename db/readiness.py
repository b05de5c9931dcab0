"""Whether the database answers, takes writes, and stands where this release's migrations leave it."""

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from db.engine import Profile, engine

# a new connection each time: a pooled one says how the server was, not how it is
PROBE = Profile("ready", connect_s=1, lock_ms=500, statement_ms=500, pooled=False)

_STANDS = "SELECT max(version_num), current_setting('transaction_read_only')::boolean FROM alembic_version"
UNDEFINED_TABLE = "42P01"
VERSIONS = Path(__file__).resolve().parents[1] / "migrations" / "versions"
# the files are numbered by revision, so that nobody has to load alembic to know the last one
HEAD = max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*_*.py"))


def missing() -> str | None:
    """What is not as it should be: ``postgres``, ``read_only`` or ``migrations``; None if the database is ready."""
    try:
        with engine(PROBE).connect() as connection:
            revision, takes_no_writes = connection.execute(text(_STANDS)).one()
    except SQLAlchemyError as error:
        return "migrations" if getattr(getattr(error, "orig", None), "pgcode", None) == UNDEFINED_TABLE else "postgres"
    if takes_no_writes:
        return "read_only"
    # a database ahead of us is a deploy under way: its migrations only expand, old code goes on working
    return None if revision is not None and revision >= HEAD else "migrations"
