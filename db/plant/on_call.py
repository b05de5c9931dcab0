"""Whom organizations name for somebody in danger, as a diagnosis reads it."""

from dataclasses import dataclass

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from db.plant.checkup import PROFILE
from db.sql import HELPER

_MISSING = f"SELECT count(*) AS times, min(o.slug) AS slug FROM organizations AS o WHERE {HELPER} IS NULL"


@dataclass(frozen=True, slots=True)
class Missing:
    """So many organizations, such as ``slug``."""

    count: int
    slug: str


def missing() -> Missing | None:
    """The organizations that name nobody. Raises StoreUnavailable."""
    with reported(), engine(PROFILE).connect() as connection:
        found = connection.execute(text(_MISSING)).one()
    return Missing(found.times, found.slug) if found.times else None
