"""POST /api/call/{id}/transcripts: what is said in a call, as it goes on; whoever is in danger is heard at once."""

from typing import Any
from uuid import UUID

from flask import Response

from api import danger
from api import told_calls as calls
from api.auth import organization_id
from api.ephemeral import answers_when_gone, crowded
from api.errors import ErrorV1, refusal
from api.lifecycle_schemas import SaidTakenV1, SaidV1
from api.smorest import Blueprint
from db.ephemeral import call_buffers
from db.ephemeral.ordered import Outcome, Taken
from domain.access import Scope
from domain.speech import Role
from domain.telephony.told_calls import Told

said = Blueprint("said", __name__, url_prefix="/api/call", description="What is said in calls that a program of yours takes")
answers_when_gone(said)

_REFUSED = {
    Outcome.SEALED: "this call is being ended",
    Outcome.AHEAD: "what was said before this has not come: send what is waited for first",
    Outcome.FULL: "this call holds as much as it may: end it, and start another one",
}


@said.post("/<uuid:call_id>/transcripts")
@said.allows(Scope.OPERATOR, 404, 409)
@said.alt_response(429, schema=ErrorV1)
@said.arguments(SaidV1)
@said.response(200, SaidTakenV1)
def append_said(told: dict[str, Any], call_id: UUID) -> dict[str, Any] | Response:
    """Tell what was said, numbered from 1. It may come twice and out of order; 409 names the number that is waited for."""
    words = Told(Role(told["role"]), told["text"], told["start_ms"], told["end_ms"])
    is_escalated = _heard(call_id, words)
    taken = call_buffers.add(organization_id(), call_id, told["sequence"], words)
    if taken.outcome is Outcome.GONE:
        calls.going_on(call_id)
        taken = call_buffers.add_after_loss(organization_id(), call_id, told["sequence"], words)
        if taken.outcome is Outcome.FULL:
            return crowded("calls")
    if taken.outcome in _REFUSED:
        return refusal(409, f"call_{taken.outcome}", f"{_REFUSED[taken.outcome]} (sequence {taken.awaited})")
    return _answer(call_id, taken, is_escalated=is_escalated)


def _answer(call_id: UUID, taken: Taken, *, is_escalated: bool) -> dict[str, Any]:
    return {"call_id": call_id, "outcome": taken.outcome, "next_sequence": taken.awaited, "escalated": is_escalated}


def _heard(call_id: UUID, words: Told) -> bool:
    rule = danger.heard_in(words.text) if words.role is Role.CUSTOMER else None
    if rule is None:
        return False
    calls.standing(call_id)
    return danger.call_for_help(call_id, rule)
