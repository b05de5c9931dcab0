"""/v1/search: what was said, by its words."""

from typing import Any

from api import lists
from api.auth import organization_id
from api.search_schemas import MatchPageV1, SearchQueryV1
from api.smorest import Blueprint
from db import words
from domain.access import Scope

search = Blueprint("search", __name__, url_prefix="/v1/search", description="What was said, by its words")


@search.get("")
@search.allows(Scope.VIEWER)
@search.arguments(SearchQueryV1, location="query")
@search.tells(MatchPageV1)
def search_words(query: dict[str, Any]) -> dict[str, Any]:
    """Find utterances of the runs that count, the best match first. What was erased or emptied is not found."""
    (limit, after), span = lists.part(query), lists.span(query)
    found = words.search(organization_id(), query.pop("q"), query, span, limit, after)
    return lists.told(found) | {"is_partial": found.is_partial}
