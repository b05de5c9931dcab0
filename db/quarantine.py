"""Refused deliveries: a sample for diagnosis, never processed; a ring in which the oldest go. Belongs to no tenant."""

from typing import Any

from sqlalchemy import Row, Select, delete, insert, select, text

from db.engine import engine
from db.outage import reported
from db.tables.plant import QuarantineRow
from domain.refusals import KeptRefusal, Refusal

KEPT_BODY_BYTES = 16 * 1024
KEPT_ROWS = 1_000
# the ring is closed by whoever fills it: strangers must not fill a disk because something else does not run
TRIMMED_EVERY = 100

_KEPT_AS_IT_IS = ("provider", "reason", "route", "body_size", "trace_id", "content_type", "url", "signature", "signature_settings")


def keep(refusal: Refusal) -> None:
    """Keep a refused delivery with the first 16 KB of its body; each hundredth lets all but the newest go."""
    row = {name: getattr(refusal, name) for name in _KEPT_AS_IT_IS}
    row |= {"body": refusal.body[:KEPT_BODY_BYTES], "hosts": " ".join(refusal.hosts) or None}
    with engine().begin() as connection:
        number = connection.execute(insert(QuarantineRow).values(**row).returning(QuarantineRow.id)).scalar_one()
        if number % TRIMMED_EVERY == 0:
            connection.execute(delete(QuarantineRow).where(QuarantineRow.id <= number - KEPT_ROWS))


def fetch_newest(provider: str, limit: int) -> list[KeptRefusal]:
    """The newest refusals of a provider's deliveries, the newest first. Raises StoreUnavailable."""
    return _fetch(_all_of(provider).order_by(QuarantineRow.id.desc()).limit(limit))


def find(provider: str, id_: int) -> KeptRefusal | None:
    """A refusal by its number; None if it was another provider's, or has gone. Raises StoreUnavailable."""
    found = _fetch(_all_of(provider).where(QuarantineRow.id == id_))
    return found[0] if found else None


def search(name: str, limit: int) -> list[KeptRefusal]:
    """The newest refusals, of any provider, whose trace has this name or whose kept body names it. Raises StoreUnavailable."""
    named = text("(trace_id = :name OR position(convert_to(:name, 'UTF8') IN body) > 0)").bindparams(name=name)
    return _fetch(select(*QuarantineRow.__table__.columns).where(named).order_by(QuarantineRow.id.desc()).limit(limit))


def _all_of(provider: str) -> Select[Any]:
    return select(*QuarantineRow.__table__.columns).where(QuarantineRow.provider == provider)


def _fetch(query: Select[Any]) -> list[KeptRefusal]:
    with reported(), engine().connect() as connection:
        return [_kept(row) for row in connection.execute(query)]


def _kept(row: Row[Any]) -> KeptRefusal:
    values = {name: getattr(row, name) for name in _KEPT_AS_IT_IS}
    hosts = tuple((row.hosts or "").split())
    return KeptRefusal(row.id, row.received_at, Refusal(**values, body=bytes(row.body), hosts=hosts))
