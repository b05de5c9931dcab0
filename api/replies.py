"""/v1/replies: what was answered, or would have been."""

from typing import Any

from api import lists
from api.auth import organization_id
from api.result_schemas import ReplyPageV1, ReplyQueryV1
from api.smorest import Blueprint
from db.lists import replies as kept
from domain.access import Scope

replies = Blueprint("replies", __name__, url_prefix="/v1/replies", description="What was answered, and who wrote it")


@replies.get("")
@replies.allows(Scope.VIEWER)
@replies.arguments(ReplyQueryV1, location="query")
@replies.tells(ReplyPageV1)
def list_replies(query: dict[str, Any]) -> dict[str, Any]:
    """List replies of all runs, those that were written last first; `counts` tells which of them stand."""
    (limit, after), span = lists.part(query), lists.span(query)
    return lists.told(kept.fetch_page(organization_id(), query, span, limit, after))
