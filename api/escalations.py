"""/v1/escalations: whom a person was called for, why, and whether that is still open."""

from typing import Any

from api import lists
from api.auth import organization_id
from api.escalation_schemas import EscalationPageV1, EscalationQueryV1
from api.smorest import Blueprint
from db.lists import escalations as kept
from domain.access import Scope

escalations = Blueprint("escalations", __name__, url_prefix="/v1/escalations", description="Conversations that a person was called for")


@escalations.get("")
@escalations.allows(Scope.VIEWER)
@escalations.arguments(EscalationQueryV1, location="query")
@escalations.tells(EscalationPageV1)
def list_escalations(query: dict[str, Any]) -> dict[str, Any]:
    """List escalated conversations, the latest first, each with its calls for a person and the utterance that made them."""
    (limit, after), span = lists.part(query), lists.span(query)
    return lists.told(kept.fetch_page(organization_id(), query, span, limit, after))
