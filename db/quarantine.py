"""Refused deliveries: a sample for diagnosis, never processed; a ring in which the oldest go. Belongs to no tenant."""

from sqlalchemy import delete, func, insert, select

from db.engine import engine
from db.tables.plant import QuarantineRow

KEPT_BODY_BYTES = 16 * 1024
KEPT_ROWS = 1_000


def keep(*, provider: str, reason: str, route: str, body: bytes, body_size: int, trace_id: str) -> None:
    """Keep the first 16 KB of a refused delivery."""
    row = {
        "provider": provider,
        "reason": reason,
        "route": route,
        "body": body[:KEPT_BODY_BYTES],
        "body_size": body_size,
        "trace_id": trace_id,
    }
    with engine().begin() as connection:
        connection.execute(insert(QuarantineRow).values(**row))


def trim() -> int:
    """Drop all but the newest rows; how many went."""
    newest = select(func.max(QuarantineRow.id) - KEPT_ROWS).scalar_subquery()
    with engine().begin() as connection:
        return connection.execute(delete(QuarantineRow).where(QuarantineRow.id <= newest)).rowcount
