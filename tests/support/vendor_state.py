"""What the house remembers of a vendor, and time that passes for it: rows are aged, nobody sleeps."""

from typing import Any

from domain.vendors import OPENS_AFTER, Vendor
from tests.support.stored import row, rows


def health(vendor: Vendor = Vendor.OPENAI) -> dict[str, Any]:
    """Failures in a row, for how many seconds the circuit is still open (None if it is not), the last failure's code."""
    return row(
        "SELECT failures, code, CASE WHEN open_until > clock_timestamp() THEN"
        " CAST(EXTRACT(EPOCH FROM open_until - clock_timestamp()) AS float) END AS open_s FROM vendor_health WHERE vendor = %s",
        vendor,
    )


def opened(vendor: Vendor = Vendor.OPENAI, seconds: float = 60.0, failures: int = OPENS_AFTER, code: str = "openai:503") -> None:
    """The circuit is open for so long; without failures the vendor asked for it."""
    rows(
        "INSERT INTO vendor_health (vendor, failures, code, open_until)"
        " VALUES (%s, %s, %s, clock_timestamp() + make_interval(secs => %s)) ON CONFLICT (vendor) DO UPDATE"
        " SET failures = excluded.failures, code = excluded.code, open_until = excluded.open_until RETURNING vendor",
        vendor,
        failures,
        code,
        seconds,
    )


def pause_over(vendor: Vendor = Vendor.OPENAI) -> None:
    """The circuit may close again."""
    rows("UPDATE vendor_health SET open_until = clock_timestamp() - interval '1 second' WHERE vendor = %s RETURNING vendor", vendor)


def due_now() -> None:
    """Every pause of a run is over; whatever it waits for is overdue."""
    rows(
        "UPDATE runs SET not_before = clock_timestamp(), next_publish_at = clock_timestamp() - interval '1 second'"
        " WHERE state IN ('ready', 'waiting') RETURNING id"
    )


def leases_ran_out() -> None:
    """Whoever works on a run is gone."""
    rows("UPDATE runs SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL RETURNING id")
