"""/v1/keys: an organization's API keys. The key itself is told once, in the answer that makes it."""

from typing import Any
from uuid import UUID

from werkzeug.exceptions import Forbidden, NotFound

from api import cursors
from api.auth import actor, caller, organization_id
from api.identity_schemas import KeyPageV1, KeyWantedV1, NewKeyV1
from api.lists import PageQueryV1
from api.smorest import Blueprint
from db import api_keys
from domain.access import Scope

keys = Blueprint("keys", __name__, url_prefix="/v1/keys", description="Who may come in: an organization's API keys")


@keys.get("")
@keys.allows(Scope.ADMIN)
@keys.arguments(PageQueryV1, location="query")
@keys.response(200, KeyPageV1)
def list_keys(query: dict[str, Any]) -> dict[str, Any]:
    """Which keys there are, and when each was last used."""
    before = query.get("cursor")
    found = api_keys.fetch_page(organization_id(), before[1] if before else None, query["limit"] + 1)
    items = found[: query["limit"]]
    return {"items": items, "next_cursor": cursors.encode((items[-1].created_at, items[-1].id)) if len(found) > len(items) else None}


@keys.post("")
@keys.allows(Scope.ADMIN)
@keys.arguments(KeyWantedV1)
@keys.response(201, NewKeyV1)
def create_key(body: dict[str, Any]) -> dict[str, Any]:
    """Make a key. Nobody gives more than they have."""
    scope = Scope(body["scope"])
    if not caller().may_give(scope):
        raise Forbidden(f"you have the scope {caller().scope.value!r} and cannot give {scope.value!r}")
    key_id, key = api_keys.create(organization_id(), body["name"], scope, by=actor())
    made = api_keys.fetch(organization_id(), key_id)
    if made is None:
        raise NotFound
    return {name: getattr(made, name) for name in ("id", "name", "scope", "created_at", "last_used_at", "revoked_at")} | {"key": key}


@keys.delete("/<uuid:key_id>")
@keys.allows(Scope.ADMIN, 404)
@keys.response(204)
def revoke_key(key_id: UUID) -> None:
    """Refuse a key from now on, your own too. 404 if there is none, or it was revoked before."""
    if not api_keys.revoke(organization_id(), key_id, by=actor()):
        raise NotFound
