"""Circuits of vendors and their places for calls at the same time, shared by every process. Only the database's clock decides."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from db.engine import engine
from db.one_trip import FORGETTABLE, Statement, commit
from db.outage import reported
from db.tables.base import new_id
from db.tables.plant import IS_HELD
from domain.errors import VendorUnavailableError
from domain.vendors import OPENS_AFTER, Place, Vendor, pause_s

# a place that is taken is soon free again
BUSY_PAUSE_S = 1.0
# while one call finds out for everybody, the others need not look every second
PROBED_PAUSE_S = 5.0

# A place, and that a vendor answered, may be forgotten with the database's memory. To wait for the disk with the vendor's row in hand would
# let all its calls, of all processes, follow each other at the disk's pace.
_LIGHTLY = Statement(f"SELECT {FORGETTABLE}", {})
# one at a time takes a place of a vendor, so that they are never counted wrong
_LOCK = "INSERT INTO vendor_health (vendor) VALUES (:vendor) ON CONFLICT (vendor) DO UPDATE SET vendor = excluded.vendor"
_STANDING = f"""
SELECT h.failures, h.code, EXTRACT(EPOCH FROM h.open_until - clock_timestamp()) AS open_s, EXISTS (
    SELECT FROM vendor_places WHERE vendor = h.vendor AND {IS_HELD}) AS asked
FROM vendor_health AS h WHERE h.vendor = :vendor
"""
_SWEEP = f"DELETE FROM vendor_places WHERE vendor = :vendor AND NOT ({IS_HELD})"
# a statement of its own: it has to see what those have taken who held the row before
_TAKE = f"""
WITH health AS (
    SELECT failures, code, EXTRACT(EPOCH FROM open_until - clock_timestamp()) AS open_s FROM vendor_health WHERE vendor = :vendor
), taken AS (
    INSERT INTO vendor_places (id, vendor, held_until)
    SELECT CAST(:place AS uuid), :vendor, clock_timestamp() + make_interval(secs => :lease_s) FROM health
    WHERE COALESCE(open_s, 0) <= 0 AND (SELECT count(*) FROM vendor_places WHERE vendor = :vendor)
        < CASE WHEN failures >= {OPENS_AFTER} THEN 1 ELSE CAST(:places AS int) END
    RETURNING 1
)
SELECT failures, code, open_s, EXISTS (SELECT FROM taken) AS is_taken FROM health
"""
_LEAVE = "DELETE FROM vendor_places WHERE id = :place"
# a pause that the vendor asked for (no failures stand beside it) outlasts the answers to what was asked before it
_WELL = """
UPDATE vendor_health SET failures = 0, open_until = NULL, code = NULL, worker = NULL, updated_at = clock_timestamp()
WHERE vendor = :vendor AND (failures > 0 OR (code IS NOT NULL AND open_until < clock_timestamp()))
"""
# many calls fail together; only those that were made through a closed circuit count
_FAILED = """
UPDATE vendor_health SET failures = failures + 1, code = :code, worker = :worker, updated_at = clock_timestamp()
WHERE vendor = :vendor AND (open_until IS NULL OR open_until < clock_timestamp()) RETURNING failures
"""
_OPEN = "UPDATE vendor_health SET open_until = clock_timestamp() + make_interval(secs => :pause_s) WHERE vendor = :vendor"
# who asks for a pause is there: what failed before does not count on
_PAUSE = """
UPDATE vendor_health SET failures = 0, open_until = GREATEST(open_until, clock_timestamp() + make_interval(secs => :pause_s)),
    code = :code, worker = :worker, updated_at = clock_timestamp() WHERE vendor = :vendor
"""
_FORGET = "UPDATE vendor_health SET failures = 0, open_until = NULL, code = NULL, worker = NULL, updated_at = clock_timestamp()"
# what somebody else holds is in good hands
_WAKE = """
UPDATE runs SET not_before = clock_timestamp(), next_publish_at = clock_timestamp() WHERE id IN (
    SELECT id FROM runs WHERE lease_until IS NULL AND next_publish_at > clock_timestamp() AND (
        (state = 'ready' AND last_error LIKE ANY(:vendors)) OR (state = 'waiting' AND waiting_for = 'no_transcriber'))
    LIMIT :chunk FOR UPDATE SKIP LOCKED)
"""
_CHUNK = 1_000


def take(vendor: Vendor, places: int, lease_s: float) -> Place:
    """A place for one call; a circuit that was open gives one place only, to see whether the vendor is back.

    Raises VendorUnavailableError (what opened the circuit, or ``<vendor>:busy``), StoreUnavailable.
    """
    place = new_id()
    alone = [Statement(sql, {"vendor": vendor}) for sql in (_LOCK, _SWEEP)]
    wanted = {"vendor": vendor, "place": place, "places": places, "lease_s": lease_s}
    [health] = commit(_LIGHTLY, *alone, Statement(_TAKE, wanted))
    is_probe = health.failures >= OPENS_AFTER
    if not health.is_taken:
        _refuse_if_open(vendor, health)
        raise VendorUnavailableError(f"{vendor}:busy", PROBED_PAUSE_S if is_probe else BUSY_PAUSE_S)
    return Place(vendor, place, is_probe=is_probe)


def refuse_if_down(vendor: Vendor) -> None:
    """Spare the work before a call that would not be made. Raises VendorUnavailableError, StoreUnavailable."""
    for health in commit(Statement(_STANDING, {"vendor": vendor})):
        _refuse_if_open(vendor, health)
        if health.failures >= OPENS_AFTER and health.asked:
            raise VendorUnavailableError(f"{vendor}:busy", PROBED_PAUSE_S)


def leave(place: Place) -> None:
    """Give a place back without a word about the vendor. Raises StoreUnavailable."""
    commit(_LIGHTLY, Statement(_LEAVE, {"place": place.id}))


def leave_well(place: Place) -> None:
    """Give a place back: the vendor answered, if only to object; its circuit closes. Raises StoreUnavailable."""
    commit(_LIGHTLY, Statement(_WELL, {"vendor": place.vendor}), Statement(_LEAVE, {"place": place.id}))


def leave_failed(place: Place, code: str, worker: str | None = None) -> float:
    """Give a place back: the vendor did not answer this worker; after OPENS_AFTER in a row its circuit opens. For how many seconds it did.

    Raises StoreUnavailable.
    """
    with reported(), engine().begin() as connection:
        counted = connection.execute(text(_FAILED), {"vendor": place.vendor, "code": code, "worker": worker}).first()
        pause = pause_s(_failures(counted))
        if pause:
            connection.execute(text(_OPEN), {"vendor": place.vendor, "pause_s": pause})
        _left(connection, place.id)
    return pause


def leave_paused(place: Place, code: str, pause: float, worker: str | None = None) -> None:
    """Give a place back: the vendor told this worker that it wants nobody for ``pause`` seconds. Raises StoreUnavailable."""
    with reported(), engine().begin() as connection:
        connection.execute(text(_PAUSE), {"vendor": place.vendor, "code": code, "worker": worker, "pause_s": pause})
        _left(connection, place.id)


def forget() -> int:
    """Ask every vendor again at once, and ring for the runs that waited for one or for a transcriber: keys or addresses may be others now.

    How many runs. A backlog is woken in parts, while the vendors are asked already. Raises StoreUnavailable.
    """
    with reported(), engine().begin() as connection:
        connection.execute(text(_FORGET))
    total = woken = _wake()
    while woken == _CHUNK:
        woken = _wake()
        total += woken
    return total


def _wake() -> int:
    with reported(), engine().begin() as connection:
        return connection.execute(text(_WAKE), {"vendors": [f"{vendor}:%" for vendor in Vendor], "chunk": _CHUNK}).rowcount


def _refuse_if_open(vendor: Vendor, health: Any) -> None:
    if health.open_s is not None and health.open_s > 0:
        raise VendorUnavailableError(health.code or f"{vendor}:down", float(health.open_s))


def _left(connection: Connection, place: UUID) -> None:
    connection.execute(text(_LEAVE), {"place": place})


def _failures(row: Row[tuple[int]] | None) -> int:
    return row.failures if row else 0
