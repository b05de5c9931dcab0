"""/v1/calls: how a call stands, and what was said in it."""

from werkzeug.exceptions import NotFound

from api.auth import organization_id
from api.call_schemas import CallV1
from api.smorest import Blueprint
from db.calls import CallView, fetch_call
from domain.access import Scope

calls = Blueprint("calls", __name__, url_prefix="/v1/calls", description="Calls as they stand")


@calls.get("/<call_sid>")
@calls.allows(Scope.VIEWER, 404)
@calls.response(200, CallV1)
def get_call(call_sid: str) -> CallView:
    """One call, by the vendor's id: its stage, what was said last, and every turn of it."""
    # no text of PostgreSQL's has that character
    found = None if "\0" in call_sid else fetch_call(organization_id(), call_sid)
    if found is None:
        raise NotFound
    return found
