"""POST /api/realtime/session: a client secret, with which a program of the organization's lets a model talk with its callers."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Response, jsonify
from marshmallow import Schema, fields

from api import told_calls as calls
from api.auth import organization_id
from api.ephemeral import answers_when_gone
from api.errors import ErrorV1, refusal
from api.slow import slot
from api.smorest import Blueprint
from db import told_calls
from db.ephemeral import minting
from domain.access import Scope
from observability import trace
from tasks import dispatch

realtime = Blueprint("realtime", __name__, url_prefix="/api/realtime", description="Talks that a model holds with callers itself")
answers_when_gone(realtime)

WAIT_S, LOOK_EVERY_S, BUSY_AGAIN_S = 5, 0.05, 1
LONGEST_AGAIN_S = 86_400
# somebody has to pay, or to allow more
_NO_CREDIT = {"openai:insufficient_quota", "spend:day_llm_tokens"}


class RealtimeSessionCreateV1(Schema):
    """For which call."""

    call_id = fields.UUID(required=True, metadata={"description": "A call that was started (POST /api/call/start) and goes on"})


class RealtimeSessionV1(Schema):
    """What opens the talk, at OpenAI, for the caller's program alone."""

    call_id = fields.UUID(required=True)
    client_secret = fields.String(required=True, metadata={"description": "Opens talks until it expires, with this prompt and these tools"})
    expires_at = fields.Integer(required=True, metadata={"description": "Seconds since 1970"})
    model = fields.String(required=True)


@realtime.post("/session")
@realtime.allows(Scope.OPERATOR, 404, 409)
@realtime.alt_response(402, schema=ErrorV1, description="The credit at OpenAI, or the day's limit here, is used up")
@realtime.arguments(RealtimeSessionCreateV1)
@realtime.response(201, RealtimeSessionV1)
def create_session(asked: dict[str, Any]) -> Response:
    """Mint a client secret for a call: the organization's prompt and tools are set in it, our own key never leaves. Shown once."""
    call = calls.going_on(asked["call_id"])
    with slot() as granted:
        answer = _minted() if granted else None
    if answer is None:
        return _later("busy", "nobody could mint a secret in time; try again in a moment", BUSY_AGAIN_S)
    if "refused" in answer:
        return _refused(str(answer["refused"]), answer["again_in_s"])
    told_calls.note(organization_id(), call.id, calls.act("realtime.mint"))
    made = {"call_id": call.id, "client_secret": answer["value"], "expires_at": answer["expires_at"], "model": answer["model"]}
    response = jsonify(RealtimeSessionV1().dump(made))
    response.status_code, response.headers["Cache-Control"] = 201, "no-store"
    return response


def _minted() -> Mapping[str, object] | None:
    """What a worker answers; None if none does in time. Raises EphemeralUnavailable."""
    request_id, ends = uuid4(), time.monotonic() + WAIT_S
    minting.wish(organization_id(), request_id, WAIT_S)
    _ring(request_id)
    while time.monotonic() < ends:
        answer = minting.receive(organization_id(), request_id)
        if answer is not None:
            return answer
        time.sleep(LOOK_EVERY_S)
    return None


def _ring(request_id: UUID) -> None:
    dispatch.announce_wish(organization_id(), request_id, trace.current())


def _refused(code: str, again_in_s: object) -> Response:
    again_s = min(LONGEST_AGAIN_S, max(1, round(again_in_s))) if isinstance(again_in_s, int | float) else BUSY_AGAIN_S
    if code in _NO_CREDIT:
        return refusal(402, "no_credit", f"no talk can be paid for ({code}): docs/vendors.md says what to mend")
    if code == "not_configured":
        return _later("no_realtime", "no OPENAI_API_KEY is set for the workers: nobody can hold such talks", again_s)
    return _later("realtime_unavailable", f"OpenAI gives no secret now ({code}): docs/vendors.md says what to mend", again_s)


def _later(code: str, detail: str, again_s: int) -> Response:
    return refusal(503, code, detail, headers={"Retry-After": str(again_s)})
