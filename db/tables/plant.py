"""The plant's own rows, which belong to no tenant: refused deliveries, vendors' health, workers, periodic tasks."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Identity, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.tables.base import Base, Key, Now, one_of
from domain.vendors import HELD_AT_MOST_S, Vendor

# A place that somebody may hold. One that is to be held for longer than anybody holds one is nobody's: the database's clock was put back,
# or somebody has changed the row.
IS_HELD = f"held_until BETWEEN clock_timestamp() AND clock_timestamp() + interval '{HELD_AT_MOST_S:.0f} seconds'"


class QuarantineRow(Base):
    """A refused delivery: a sample for diagnosis, first 16 KB; a ring, the oldest go.

    ``url``, ``signature`` and ``signature_settings`` are what a Twilio signature was checked with: somebody may ask why it failed.
    ``hosts`` are those that the request itself named, which proves nothing, but may be a hint.
    """

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    provider: Mapped[str]
    reason: Mapped[str]
    route: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    body_size: Mapped[int]
    content_type: Mapped[str | None]
    url: Mapped[str | None]
    signature: Mapped[str | None]
    signature_settings: Mapped[str | None]
    hosts: Mapped[str | None]
    trace_id: Mapped[str]
    received_at: Mapped[Now]


class VendorHealthRow(Base):
    """The circuit breaker of one vendor, shared by every process.

    ``code`` is the last failure's, and ``worker`` who met it; None once it was well again.
    """

    __tablename__ = "vendor_health"

    vendor: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default="0")
    open_until: Mapped[datetime | None]
    code: Mapped[str | None]
    worker: Mapped[str | None]
    updated_at: Mapped[Now]


class VendorPlaceRow(Base):
    """A call to a vendor that is under way; ``held_until`` frees the place of a process that died in it."""

    __tablename__ = "vendor_places"
    __table_args__ = (one_of("vendor", Vendor),)

    id: Mapped[Key]
    vendor: Mapped[str] = mapped_column(index=True)
    held_until: Mapped[datetime]


class WorkerRow(Base):
    """The heartbeat of one worker: alive is not enough, claims are what counts.

    ``fingerprints`` tell whether two run with the same settings, and nothing else of them.
    ``last_claim_at`` is exact to 5 s; ``last_progress_at`` is filled by nobody, and goes with the next contracting migration.
    """

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    started_at: Mapped[Now]
    seen_at: Mapped[Now]
    last_claim_at: Mapped[datetime | None]
    last_progress_at: Mapped[datetime | None]
    restarted_at: Mapped[datetime | None]
    fingerprints: Mapped[dict[str, str] | None] = mapped_column(JSONB)


class PeriodicTaskRow(Base):
    """When a periodic task last ran, so that two schedulers do not run it twice."""

    __tablename__ = "periodic_tasks"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_run_at: Mapped[Now]
