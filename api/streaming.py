"""/v1/streaming: what somebody says, piece by piece as it is heard; with the last piece it is a transcript like any other."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import Response
from werkzeug.exceptions import NotFound

from api import danger
from api.auth import organization_id
from api.ephemeral import answers_when_gone, crowded
from api.errors import ErrorV1, refusal
from api.smorest import Blueprint
from api.streaming_schemas import StreamingPartialTakenV1, StreamingPartialV1, StreamingSessionCreateV1, StreamingSessionV1
from db import told_calls
from db.ephemeral import streaming as sessions
from db.ephemeral.ordered import Outcome, Taken
from domain.access import Scope
from domain.deliveries import Envelope
from domain.errors import EphemeralUnavailable
from domain.speech import Role
from domain.telephony.told_calls import PROVIDER, SAID, START, Told, body_of, over, said_in
from observability import trace
from tasks import dispatch

streaming = Blueprint("streaming", __name__, url_prefix="/v1/streaming", description="What is heard, piece by piece")
answers_when_gone(streaming)

_REFUSED = {
    Outcome.OVER: "this session has its final piece: begin another one for what is said next",
    Outcome.AHEAD: "pieces before this one have not come: send the one that is waited for first",
    Outcome.FULL: "the pieces that wait for earlier ones take too much room: send the one that is waited for first",
}


@streaming.post("/sessions")
@streaming.allows(Scope.OPERATOR)
@streaming.alt_response(429, schema=ErrorV1)
@streaming.arguments(StreamingSessionCreateV1, required=False)
@streaming.response(201, StreamingSessionV1)
def begin_session(asked: dict[str, Any]) -> dict[str, Any] | Response:
    """Begin to hear somebody. What they say is forgotten five minutes after the last piece, unless a final one came."""
    session_id = uuid4()
    if not sessions.begin(organization_id(), session_id, asked.get("their_number")):
        return crowded("sessions")
    return {"session_id": session_id, "expires_at": _expiry(), "next_sequence": 1}


@streaming.post("/partial")
@streaming.allows(Scope.OPERATOR, 404, 409)
@streaming.arguments(StreamingPartialV1)
@streaming.response(200, StreamingPartialTakenV1)
def take_partial(piece: dict[str, Any]) -> dict[str, Any] | Response:
    """Tell a piece of what is said. It may come twice and out of order; 409 says which is waited for, 404 that the session is gone."""
    session_id: UUID = piece["session_id"]
    is_escalated = _heard(session_id, piece["text"])
    taken = sessions.tell(organization_id(), session_id, piece["sequence"], piece["text"], is_final=piece["final"])
    if taken.outcome is Outcome.GONE:
        raise NotFound
    if taken.outcome in _REFUSED:
        detail = f"{_REFUSED[taken.outcome]} (sequence {taken.awaited})"
        return refusal(409, f"session_{taken.outcome}", detail)
    return {
        "session_id": session_id,
        "outcome": taken.outcome,
        "next_sequence": taken.awaited,
        "expires_at": _expiry(),
        "whole": taken.is_whole,
        "transcript_id": _stored(session_id, taken) if taken.is_whole else None,
        "escalated": is_escalated,
    }


def _heard(session_id: UUID, text: str) -> bool:
    """Call for a person if somebody is in danger. What becomes of the session does not matter: they may never come to its end."""
    rule = danger.heard_in(text)
    if rule is None:
        return False
    envelope = Envelope(PROVIDER, START, str(session_id), str(session_id), {}, b"{}", trace.current())
    number = None
    with suppress(EphemeralUnavailable):
        number = sessions.number_of(organization_id(), session_id)
    kept = told_calls.store_begin(organization_id(), envelope, over(str(session_id), their_number=number))
    return kept.conversation_id is not None and danger.call_for_help(kept.conversation_id, rule)


def _stored(session_id: UUID, taken: Taken) -> UUID | None:
    """Where what was said is worked on; the same however often it is told, so whoever got no answer tells it again."""
    found = sessions.final_words(organization_id(), session_id, taken.final)
    if found is None:
        raise NotFound
    words, number = found
    if not words.strip():
        return None
    body = body_of([Told(Role.CUSTOMER, words)])
    envelope = Envelope(PROVIDER, SAID, str(session_id), str(session_id), {}, body, trace.current())
    kept = told_calls.store_said(organization_id(), envelope, over(str(session_id), their_number=number), said_in(session_id))
    dispatch.announce(kept, envelope.trace_id)
    return kept.transcript_id


def _expiry() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=sessions.SESSIONS.ttl_s)
