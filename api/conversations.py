"""/v1/conversations: how one stands, and what an operator may do in the middle of it. Each act is written down: who, and why."""

from typing import Any
from uuid import UUID

from werkzeug.exceptions import Conflict, NotFound

from api import lists
from api.auth import actor, organization_id
from api.conversation_schemas import ConversationPageV1, ConversationQueryV1, ConversationV1, OverriddenV1, OverrideV1
from api.smorest import Blueprint
from db import overrides
from db.calls import ConversationView, fetch_conversation
from db.lists import conversations as kept
from domain.access import Scope
from domain.errors import RefusedError
from domain.runs import EffectBell
from observability import trace
from tasks.dispatch import announce_effects

conversations = Blueprint("conversations", __name__, url_prefix="/v1/conversations", description="As they stand; an operator steps in")


@conversations.get("")
@conversations.allows(Scope.VIEWER)
@conversations.arguments(ConversationQueryV1, location="query")
@conversations.tells(ConversationPageV1)
def list_conversations(query: dict[str, Any]) -> dict[str, Any]:
    """List calls and threads of text messages, those that began last first."""
    (limit, after), span = lists.part(query), lists.span(query)
    return lists.told(kept.fetch_page(organization_id(), query, span, limit, after))


@conversations.get("/<uuid:conversation_id>")
@conversations.allows(Scope.VIEWER, 404)
@conversations.tells(ConversationV1)
def get_conversation(conversation_id: UUID) -> ConversationView:
    """One conversation: with whom, how far it has come, whether a person was called for, and which transcripts belong to it."""
    found = fetch_conversation(organization_id(), conversation_id)
    if found is None:
        raise NotFound
    return found


@conversations.post("/<uuid:conversation_id>/escalate")
@conversations.allows(Scope.OPERATOR, 404, 409)
@conversations.arguments(OverrideV1)
@conversations.response(202, OverriddenV1)
def escalate(body: dict[str, Any], conversation_id: UUID) -> dict[str, Any]:
    """Call for the person on call, whatever the rules and the model say. 409 if somebody was called before, or there is nobody to call."""
    return _done("escalate", conversation_id, body["reason"])


@conversations.post("/<uuid:conversation_id>/end")
@conversations.allows(Scope.OPERATOR, 404, 409)
@conversations.arguments(OverrideV1)
@conversations.response(202, OverriddenV1)
def end(body: dict[str, Any], conversation_id: UUID) -> dict[str, Any]:
    """Hang up a live call. 409 if it has ended, or is none."""
    return _done("end", conversation_id, body["reason"])


def _done(act: str, conversation_id: UUID, reason: str) -> dict[str, Any]:
    step_in = {"escalate": overrides.escalate, "end": overrides.end}[act]
    try:
        bells: list[EffectBell] | None = step_in(organization_id(), conversation_id, actor=actor(), reason=reason, trace_id=trace.current())
    except RefusedError as error:
        raise Conflict(str(error)) from None
    if bells is None:
        raise NotFound
    announce_effects(bells)
    return {"conversation_id": conversation_id, "act": act}
