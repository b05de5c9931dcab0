"""How the house stands, for whoever asks why something waits: workers by their heartbeats, vendors by their circuits."""

from sqlalchemy import text

from db.engine import engine
from db.outage import reported
from domain.diagnosis.crew import SILENT_AFTER_S
from domain.diagnosis.evidence import VendorHealth, Worker

# Of namesakes the newest: a worker that began anew has another name after the slash. And whoever may live: what it holds is its own.
_WORKERS = f"""
SELECT name, queues, EXTRACT(EPOCH FROM clock_timestamp() - seen_at) AS seen_s,
    EXTRACT(EPOCH FROM clock_timestamp() - last_claim_at) AS claimed_s
FROM workers AS w
WHERE seen_at > clock_timestamp() - interval '{SILENT_AFTER_S} seconds' OR NOT EXISTS (
    SELECT FROM workers AS newer WHERE split_part(newer.name, '/', 1) = split_part(w.name, '/', 1) AND newer.seen_at > w.seen_at)
ORDER BY name
"""
_VENDORS = (
    "SELECT vendor, failures, EXTRACT(EPOCH FROM open_until - clock_timestamp()) AS open_s, code, worker FROM vendor_health ORDER BY vendor"
)


def workers() -> tuple[Worker, ...]:
    """All that said within a day that they are there. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        rows = connection.execute(text(_WORKERS))
        return tuple(Worker(row.name, tuple(row.queues), float(row.seen_s), _seconds(row.claimed_s)) for row in rows)


def vendors() -> tuple[VendorHealth, ...]:
    """All that were ever asked. Raises StoreUnavailable."""
    with reported(), engine().connect() as connection:
        rows = connection.execute(text(_VENDORS))
        return tuple(VendorHealth(row.vendor, row.failures, _seconds(row.open_s), row.code, row.worker) for row in rows)


def _seconds(value: object) -> float | None:
    return None if value is None else float(str(value))
