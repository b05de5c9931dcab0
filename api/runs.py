"""/v1/runs: executions of the chain, whether they count or not."""

from typing import Any
from uuid import UUID

from werkzeug.exceptions import NotFound

from api import lists
from api.auth import organization_id
from api.run_schemas import RunDetailV1, RunPageV1, RunQueryV1
from api.smorest import Blueprint
from db.lists import runs as kept
from db.lists.runs import RunDetail
from domain.access import Scope

runs = Blueprint("runs", __name__, url_prefix="/v1/runs", description="How the work on a transcript went, step by step")


@runs.get("")
@runs.allows(Scope.VIEWER)
@runs.arguments(RunQueryV1, location="query")
@runs.tells(RunPageV1)
def list_runs(query: dict[str, Any]) -> dict[str, Any]:
    """List runs, those that were opened last first."""
    (limit, after), span = lists.part(query), lists.span(query)
    return lists.told(kept.fetch_page(organization_id(), query, span, limit, after))


@runs.get("/<uuid:run_id>")
@runs.allows(Scope.VIEWER, 404)
@runs.tells(RunDetailV1)
def get_run(run_id: UUID) -> RunDetail:
    """One run: its steps, every try of each, and what it found. Its words: GET /v1/transcripts/{id}/utterances, if it counts."""
    found = kept.fetch_one(organization_id(), run_id)
    if found is None:
        raise NotFound
    return found
