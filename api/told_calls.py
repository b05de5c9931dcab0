"""What the routes of a call that a program of the organization's takes share: finding it, and bringing it to its end."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from werkzeug.exceptions import Conflict, NotFound

from api.auth import actor, organization_id
from db import told_calls
from db.ephemeral import call_buffers
from db.ephemeral.ordered import Row
from db.told_calls import Act, Standing
from domain.deliveries import Envelope
from domain.errors import EphemeralUnavailable
from domain.telephony.told_calls import BUFFER_LOST, END, PROVIDER, SAID, body_of, over, said_in
from observability import context, trace
from tasks import dispatch


def standing(call_id: UUID) -> Standing:
    """The call as it stands. Raises NotFound, StoreUnavailable."""
    found = told_calls.find(organization_id(), call_id)
    if found is None:
        raise NotFound
    context.about(conversation=call_id)
    return found


def going_on(call_id: UUID) -> Standing:
    """The same if it goes on. Raises Conflict, NotFound, StoreUnavailable."""
    found = standing(call_id)
    if found.ended:
        raise Conflict("this call has ended")
    return found


def act(name: str, reason: str | None = None) -> Act:
    """What the caller of the API does, for the audit."""
    return Act(actor(), name, reason)


def bring_to_end(found: Standing, why: str | None, done: Act) -> dict[str, Any]:
    """Store what was said and that the call is over, in one commit, then forget the buffer. What ended before stays as it is.

    Raises EphemeralUnavailable, StoreUnavailable: then it is not over, and whoever asks again loses nothing.
    """
    if not found.ended:
        buffer = call_buffers.close(organization_id(), found.id)
        found = standing(found.id)
        # somebody else may have ended it, and dropped the buffer, at this very moment
        if not found.ended:
            _store(found, buffer, why, done)
            found = standing(found.id)
        with suppress(EphemeralUnavailable):
            call_buffers.forget(organization_id(), found.id)
    return {
        "call_id": found.id,
        "status": found.status,
        "phase": found.phase,
        "ended_at": found.ended_at,
        "transcript_id": found.transcript_id,
        "run_id": found.run_id,
        "buffer": "lost" if found.status_reason == BUFFER_LOST else "kept",
        "intake_data": found.intake or {},
    }


def _store(found: Standing, buffer: Row | None, why: str | None, done: Act) -> None:
    said = call_buffers.said_in(organization_id(), buffer)
    is_lost = not call_buffers.is_whole(organization_id(), buffer)
    kind, body = (SAID if said else END), body_of(said, found.intake)
    envelope = Envelope(PROVIDER, kind, str(found.id), found.reference, {}, body, trace.current())
    conversation = over(found.reference, BUFFER_LOST if is_lost else why)
    stored = told_calls.store_end(organization_id(), envelope, conversation, said_in(found.id) if said else None, done)
    dispatch.announce(stored, envelope.trace_id)
