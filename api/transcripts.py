"""/v1/transcripts: what was said, what we made of it, and how far the work has come."""

from typing import Any
from uuid import UUID

from werkzeug.exceptions import NotFound

from api import cursors
from api.auth import organization_id
from api.schemas import TranscriptPageV1, TranscriptQueryV1, TranscriptV1
from api.smorest import Blueprint
from db import reading
from db.views import TranscriptView
from domain.access import Scope

transcripts = Blueprint("transcripts", __name__, url_prefix="/v1/transcripts", description="What was said to us")


@transcripts.get("")
@transcripts.allows(Scope.VIEWER)
@transcripts.arguments(TranscriptQueryV1, location="query")
@transcripts.response(200, TranscriptPageV1)
def list_transcripts(query: dict[str, Any]) -> dict[str, Any]:
    """List transcripts, newest first, without their words."""
    limit, cursor = query.pop("limit"), query.pop("cursor", None)
    page = reading.fetch_page(organization_id(), reading.Filters(**query), limit, cursor)
    return {"items": page.items, "next_cursor": cursors.encode(page.position)}


@transcripts.get("/<uuid:transcript_id>")
@transcripts.allows(Scope.VIEWER, 404)
@transcripts.response(200, TranscriptV1)
def get_transcript(transcript_id: UUID) -> TranscriptView:
    """One transcript with the run that counts or, before one does, its latest live run."""
    found = reading.fetch_transcript(organization_id(), transcript_id)
    if found is None:
        raise NotFound
    return found
