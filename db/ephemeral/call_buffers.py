"""What is said in a call of the API, until the call ends: then it is a transcript (db/told_calls.py)."""

import json
from dataclasses import asdict
from uuid import UUID

from db.ephemeral.ordered import Kind, Outcome, Row, Taken
from domain.speech import Role
from domain.telephony.told_calls import Told

BUFFERS = Kind("call", ttl_s=3_600, ahead=256, bytes_at_most=1024 * 1024, rows_at_most=5_000, keeps_all=True)
# stands in a buffer that was begun anew in the middle of its call, because the one before it was forgotten
LOST = "lost"


def begin(organization_id: UUID, call_id: UUID, *, is_new: bool) -> bool:
    """Make room for what will be said; False if the organization has too many calls. Raises EphemeralUnavailable.

    Of a call that is not new nobody knows whether there was room before, and what was in it.
    """
    return BUFFERS.opened(organization_id, call_id, {} if is_new else {LOST: "1"})


def add(organization_id: UUID, call_id: UUID, number: int, said: Told) -> Taken:
    """Keep something that was said. Raises EphemeralUnavailable."""
    return BUFFERS.append(organization_id, call_id, number, json.dumps(asdict(said), ensure_ascii=False))


def add_after_loss(organization_id: UUID, call_id: UUID, number: int, said: Told) -> Taken:
    """The same for a call that is known to go on, but whose buffer is gone: it begins anew with this. Raises EphemeralUnavailable."""
    if not BUFFERS.opened(organization_id, call_id, {LOST: "1"}, number):
        return Taken(Outcome.FULL, number, 0)
    return add(organization_id, call_id, number, said)


def read(organization_id: UUID, call_id: UUID) -> Row | None:
    """All that is there; None if it was forgotten. Raises EphemeralUnavailable."""
    return BUFFERS.read(organization_id, call_id)


def close(organization_id: UUID, call_id: UUID) -> Row | None:
    """The same; whatever comes from now on is refused. Raises EphemeralUnavailable."""
    return BUFFERS.seal(organization_id, call_id)


def forget(organization_id: UUID, call_id: UUID) -> None:
    """The call has ended and is stored. Raises EphemeralUnavailable."""
    BUFFERS.drop(organization_id, call_id)


def is_whole(organization_id: UUID, row: Row | None) -> bool:  # noqa: ARG001 - as below
    """Whether all that was said is there, as far as anybody knows."""
    return row is not None and LOST not in row.told and not row.has_gap


def said_in(organization_id: UUID, row: Row | None) -> tuple[Told, ...]:  # noqa: ARG001 - what belongs to nobody is read for nobody
    """What was said, in order."""
    return tuple(_told(json.loads(entry)) for entry in row.entries.values()) if row else ()


def _told(found: dict[str, object]) -> Told:
    start, end = found["start_ms"], found["end_ms"]
    times = (start if isinstance(start, int) else None, end if isinstance(end, int) else None)
    return Told(Role(str(found["role"])), str(found["text"]), *times)
