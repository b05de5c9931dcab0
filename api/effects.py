"""/v1/effects: what left the house, or was to."""

from typing import Any

from api import lists
from api.auth import organization_id
from api.effect_schemas import EffectPageV1, EffectQueryV1
from api.smorest import Blueprint
from db.lists import effects as kept
from domain.access import Scope

effects = Blueprint("effects", __name__, url_prefix="/v1/effects", description="What was sent, and what became of it")


@effects.get("")
@effects.allows(Scope.VIEWER)
@effects.arguments(EffectQueryV1, location="query")
@effects.tells(EffectPageV1)
def list_effects(query: dict[str, Any]) -> dict[str, Any]:
    """List effects, the newest first: neither number nor text."""
    (limit, after), span = lists.part(query), lists.span(query)
    return lists.told(kept.fetch_page(organization_id(), query, span, limit, after))
