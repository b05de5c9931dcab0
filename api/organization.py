"""/v1/organization: how the key's organization wants its callers answered, and how it wanted it before."""

import re
from typing import Any

from flask import Response, jsonify, request
from marshmallow import INCLUDE
from werkzeug.exceptions import NotFound

from api.auth import actor, organization_id
from api.errors import ADVICE, CODES, refusal
from api.organization_schemas import OrganizationV1, VersionPageV1, VersionQueryV1
from api.smorest import Blueprint
from db import organization_versions
from domain.access import Scope
from domain.errors import ChangedMeanwhileError, FaultySettingsError
from domain.organizations import organization_settings
from domain.organizations.organization_settings import Document, Kept

organization = Blueprint("organization", __name__, url_prefix="/v1/organization", description="How callers are to be answered")

UNCONDITIONAL = "say what you change: send the ETag that you got as If-Match, or * for whatever is there now"
_VERSION = re.compile(r"[0-9]{1,10}")
_CHANGED, _UNPROCESSABLE = 412, 422
_ETAG = {"ETag": {"schema": {"type": "string", "example": '"3"'}, "description": "the version of these settings"}}
_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "example": "*"},
    "description": "the ETag of what you changed; * for whatever is there now",
}


class _UnconditionalError(Exception):
    """Somebody would replace what they may not have seen."""


@organization.get("")
@organization.allows(Scope.VIEWER)
@organization.response(200, OrganizationV1, headers=_ETAG)
def get_organization() -> Response:
    """The settings as they are. The ETag is their version; change them by a PUT with that as If-Match."""
    return _told(organization_versions.fetch(organization_id()))


@organization.put("")
@organization.doc(parameters=[_IF_MATCH])
@organization.allows(Scope.ADMIN, 412)
@organization.arguments(OrganizationV1, unknown=INCLUDE)
@organization.response(200, OrganizationV1, headers=_ETAG)
def put_organization(document: Document) -> Response:
    """Replace all settings; what is left out is the default again. Runs that have begun keep the version that they began with."""
    expected = _expected()
    wanted = organization_settings.accepted(document)
    return _told(organization_versions.change(organization_id(), wanted, actor(), expected))


@organization.get("/versions")
@organization.allows(Scope.VIEWER)
@organization.arguments(VersionQueryV1, location="query")
@organization.response(200, VersionPageV1)
def list_versions(query: dict[str, Any]) -> dict[str, Any]:
    """Who changed the settings and when, the newest version first."""
    found = organization_versions.fetch_list(organization_id(), query.get("before"), query["limit"] + 1)
    items = found[: query["limit"]]
    return {"items": items, "next_before": items[-1].version if len(found) > len(items) else None}


@organization.get("/versions/<int(min=1, max=2147483647):version>")
@organization.allows(Scope.VIEWER, 404)
@organization.response(200, OrganizationV1)
def get_version(version: int) -> Response:
    """The settings as they were in a version."""
    return _told(organization_versions.fetch(organization_id(), version))


@organization.errorhandler(FaultySettingsError)
def _faulty(error: FaultySettingsError) -> Response:
    return refusal(_UNPROCESSABLE, CODES[_UNPROCESSABLE], ADVICE[_UNPROCESSABLE], errors=error.faults)


@organization.errorhandler(_UnconditionalError)
def _unconditional(_error: _UnconditionalError) -> Response:
    # a required header that is not there; 428 (RFC 6585) would say the same to fewer clients
    return refusal(400, "precondition_required", UNCONDITIONAL)


@organization.errorhandler(ChangedMeanwhileError)
def _changed(error: ChangedMeanwhileError) -> Response:
    return refusal(_CHANGED, "precondition_failed", str(error))


def _told(kept: Kept | None) -> Response:
    if kept is None:
        raise NotFound
    answer = jsonify(kept.settings.document)
    answer.set_etag(str(kept.version))
    return answer


def _expected() -> set[int] | None:
    """The versions that may be replaced; None for any. A proxy that compresses makes a tag weak: ours name the version all the same."""
    if not request.if_match:
        raise _UnconditionalError
    if request.if_match.star_tag:
        return None
    return {int(tag) for tag in request.if_match.as_set(include_weak=True) if _VERSION.fullmatch(tag)}
