"""/v1/transcripts: what was said, what we made of it, and how far the work has come."""

from typing import Any
from uuid import UUID

from werkzeug.exceptions import NotFound

from api import lists
from api.auth import organization_id
from api.smorest import Blueprint
from api.transcript_schemas import TranscriptPageV1, TranscriptQueryV1, TranscriptV1, UtterancePageV1, UtteranceQueryV1
from db import reading, reading_words
from db.views import TranscriptView
from domain.access import Scope

transcripts = Blueprint("transcripts", __name__, url_prefix="/v1/transcripts", description="What was said to us")


@transcripts.get("")
@transcripts.allows(Scope.VIEWER)
@transcripts.arguments(TranscriptQueryV1, location="query")
@transcripts.tells(TranscriptPageV1)
def list_transcripts(query: dict[str, Any]) -> dict[str, Any]:
    """List transcripts, newest first, without their words."""
    limit, after = lists.part(query)
    filters = reading.Filters(span=lists.span(query), **query)
    return lists.told(reading.fetch_page(organization_id(), filters, limit, after))


@transcripts.get("/<uuid:transcript_id>")
@transcripts.allows(Scope.VIEWER, 404)
@transcripts.tells(TranscriptV1)
def get_transcript(transcript_id: UUID) -> TranscriptView:
    """One transcript with the run that counts or, before one does, its latest live run."""
    found = reading.fetch_transcript(organization_id(), transcript_id)
    if found is None:
        raise NotFound
    return found


@transcripts.get("/<uuid:transcript_id>/utterances")
@transcripts.allows(Scope.VIEWER, 404)
@transcripts.arguments(UtteranceQueryV1, location="query")
@transcripts.tells(UtterancePageV1)
def list_utterances(query: dict[str, Any], transcript_id: UUID) -> dict[str, Any]:
    """What was said, in order, as the run that counts has it; all pages are of the run that counted at the first one."""
    limit, after = lists.part(query)
    found = reading_words.fetch_utterance_page(organization_id(), transcript_id, limit, after)
    if found is None:
        raise NotFound
    return lists.told(found)
