"""/api/call: calls that a program of the organization's own takes, from their start to their end, and how each stands."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response, jsonify

from api import told_calls as calls
from api.auth import organization_id
from api.ephemeral import answers_when_gone, crowded
from api.errors import ErrorV1
from api.lifecycle_schemas import CallEndedV1, CallEndV1, CallStartedV1, CallStartV1, CallStateV1
from api.smorest import Blueprint
from db import told_calls
from db.ephemeral import call_buffers
from db.ephemeral.ordered import Row
from domain.access import Scope
from domain.deliveries import Envelope
from domain.telephony.told_calls import BUFFER_LOST, PROVIDER, START, begun
from observability import trace

lifecycle = Blueprint("lifecycle", __name__, url_prefix="/api/call", description="Calls that a program of yours takes")
answers_when_gone(lifecycle)

# says what of the state Redis remembers: kept, lost, or none because the call is over
BUFFER_HEADER = "X-Call-Buffer"
_DIRECTIONS = {"inbound": "inbound", "outbound": "outbound-api"}
_BUFFER = {
    BUFFER_HEADER: {"schema": {"type": "string", "enum": ["kept", "lost", "none"]}, "description": "whether transcripts are all there"}
}


@lifecycle.post("/start")
@lifecycle.allows(Scope.OPERATOR)
@lifecycle.alt_response(200, schema=CallStartedV1, description="It was started before")
@lifecycle.alt_response(429, schema=ErrorV1)
@lifecycle.arguments(CallStartV1)
@lifecycle.response(201, CallStartedV1)
def start_call(told: dict[str, Any]) -> Any:
    """Say that a call has begun. Told again under the same reference it is the same call, and the answer 200."""
    reference = told["reference"]
    body = jsonify(told).get_data()
    envelope = Envelope(PROVIDER, START, reference, reference, {}, body, trace.current())
    call = begun(reference, _DIRECTIONS[told["direction"]], told.get("our_number"), told.get("their_number"))
    stored = told_calls.store_begin(organization_id(), envelope, call, calls.act("call.start"))
    found = calls.standing(stored.conversation_id or UUID(int=0))
    if not found.ended and not call_buffers.begin(organization_id(), found.id, is_new=stored.fresh):
        return crowded("calls")
    answer = {"call_id": found.id, "reference": reference, "phase": found.phase, "status": found.status}
    return answer, 201 if stored.fresh else 200


@lifecycle.post("/end")
@lifecycle.allows(Scope.OPERATOR, 404)
@lifecycle.arguments(CallEndV1)
@lifecycle.response(200, CallEndedV1)
def end_call(told: dict[str, Any]) -> dict[str, Any]:
    """Say that a call is over: what was said in it becomes a transcript and is worked on. A second time changes nothing."""
    return calls.bring_to_end(calls.standing(told["call_id"]), None, calls.act("call.end", told.get("reason")))


@lifecycle.get("/<uuid:call_id>/state")
@lifecycle.allows(Scope.VIEWER, 404)
@lifecycle.response(200, CallStateV1, headers=_BUFFER)
def get_state(call_id: UUID) -> Response:
    """How a call stands. What was said so far is in Redis alone: the header X-Call-Buffer says whether that has lost any of it."""
    found = calls.standing(call_id)
    buffer = None if found.ended else call_buffers.read(organization_id(), call_id)
    is_lost = found.status_reason == BUFFER_LOST or (not found.ended and (buffer is None or call_buffers.LOST in buffer.told))
    state = {
        "call_id": found.id,
        "org_id": organization_id(),
        "phase": found.phase,
        "transcripts": _said(buffer),
        "escalated": found.escalated_at is not None,
        "escalation_reason": found.escalation_reason,
        "intake_data": found.intake or {},
        "updated_at": max(found.updated_at, _touched(buffer)),
    }
    answer = jsonify(CallStateV1().dump(state))
    answer.headers[BUFFER_HEADER] = "lost" if is_lost else "none" if found.ended else "kept"
    return answer


def _said(buffer: Row | None) -> list[dict[str, Any]]:
    words = call_buffers.said_in(organization_id(), buffer)
    numbers = list(buffer.entries) if buffer else []
    return [
        {"sequence": number, "role": one.role.value, "text": one.text, "start_ms": one.start_ms, "end_ms": one.end_ms}
        for number, one in zip(numbers, words, strict=True)
    ]


def _touched(buffer: Row | None) -> datetime:
    return datetime.fromtimestamp(int(buffer.told.get("at", 0)) / 1_000 if buffer else 0, UTC)
