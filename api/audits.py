"""/v1/audits: who did what with their rights."""

from typing import Any

from api import cursors
from api.auth import organization_id
from api.identity_schemas import AuditPageV1, AuditQueryV1
from api.smorest import Blueprint
from db import audits as acts
from domain.access import Scope

audits = Blueprint("audits", __name__, url_prefix="/v1/audits", description="Who did what with their rights")


@audits.get("")
@audits.allows(Scope.ADMIN)
@audits.arguments(AuditQueryV1, location="query")
@audits.response(200, AuditPageV1)
def list_audits(query: dict[str, Any]) -> dict[str, Any]:
    """Every privileged act of the organization, the newest first."""
    found = acts.fetch_page(organization_id(), query.get("cursor"), query["limit"] + 1, query.get("act"))
    items = found[: query["limit"]]
    return {"items": items, "next_cursor": cursors.encode((items[-1].at, items[-1].id)) if len(found) > len(items) else None}
