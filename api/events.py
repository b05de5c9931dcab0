"""/v1/events: what vendors delivered to us, as it came."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response
from werkzeug.exceptions import NotFound

from api import lists
from api.auth import actor, organization_id
from api.downloads import streamed
from api.event_schemas import EventPageV1, EventQueryV1, EventV1
from api.smorest import Blueprint
from db.lists import events as kept
from db.lists.events import EventSummary
from domain.access import Scope

events = Blueprint("events", __name__, url_prefix="/v1/events", description="Deliveries of vendors, byte for byte")

_BYTES = "application/octet-stream"


@events.get("")
@events.allows(Scope.VIEWER)
@events.arguments(EventQueryV1, location="query")
@events.tells(EventPageV1)
def list_events(query: dict[str, Any]) -> dict[str, Any]:
    """List deliveries, those that came last first, without their bodies."""
    (limit, after), span = lists.part(query), lists.span(query)
    return lists.told(kept.fetch_page(organization_id(), query, span, limit, after))


@events.get("/<uuid:event_id>")
@events.allows(Scope.VIEWER, 404)
@events.tells(EventV1)
def get_event(event_id: UUID) -> EventSummary:
    """One delivery, without its body."""
    found = kept.fetch_one(organization_id(), event_id)
    if found is None:
        raise NotFound
    return found


@events.get("/<uuid:event_id>/body")
@events.allows(Scope.ADMIN, 404)
@events.response(200, {"type": "string", "format": "binary"}, content_type=_BYTES)
def get_body(event_id: UUID) -> Response:
    """The body, byte for byte; that it was read is written down. 404 if it is not kept any more, 503 if all places are taken."""
    found = _kept(event_id)

    def begin() -> Iterator[bytes]:
        kept.note_read(organization_id(), event_id, actor())
        return kept.fetch_body(organization_id(), event_id, found.body_size)

    answer = streamed(begin, _BYTES, f"{event_id}.bin")
    answer.content_length = found.body_size
    return answer


def _kept(event_id: UUID) -> EventSummary:
    found = kept.fetch_one(organization_id(), event_id)
    if found is None or not found.is_kept:
        raise NotFound
    return found
