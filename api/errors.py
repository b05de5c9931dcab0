"""How the API says no: one shape on every path, never a stack trace, never what the caller sent."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from flask import Response, jsonify, request
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from domain.errors import StoreUnavailable
from observability import trace

RETRY_AFTER_S = 1

log = structlog.get_logger()

# what to do next, where the bare name of the status does not say it
ADVICE = {
    404: "there is nothing at this address; /docs shows what there is, /v1/openapi.json lists it",
    405: "this address does not take this method; the Allow header lists those that it takes",
    422: "these fields are unknown, missing or impossible: see errors",
    500: "something broke on our side; it was recorded under this trace_id",
}
# of a route that there is: whatever was asked for
NO_SUCH_ID = "nothing of this organization has this id, or it is not kept any more"
# where what a vendor calls it is asked for
BY_REFERENCE = {
    "/v1/transcripts/": "a vendor's id (RecordingSid, MessageSid, request_id) goes into /v1/transcripts?source_ref=",
    "/v1/conversations/": "a vendor's id (CallSid) goes into /v1/conversations?provider_ref=",
}
# what the RFC's name of the status says less well
CODES = {422: "invalid_fields", 500: "internal_error"}


class ErrorV1(Schema):
    """Why a request was refused."""

    detail = fields.String(required=True, metadata={"description": "What happened and what to do next, for a person"})
    code = fields.String(required=True, metadata={"description": "A stable word for a program"})
    trace_id = fields.String(required=True, metadata={"description": "Quote it when you ask us"})
    errors = fields.Dict(keys=fields.String(), values=fields.Raw(), metadata={"description": "What is wrong with which field"})


def refusal(status: int, code: str, detail: str, *, errors: object = None, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in the one shape."""
    body: dict[str, object] = {"detail": detail, "code": code, "trace_id": trace.current()}
    response = jsonify(body | {"errors": errors} if errors else body)
    response.status_code = status
    response.headers.update(headers or {})
    return response


def http_error(error: HTTPException) -> Response:
    """Whatever Flask, werkzeug or webargs refused."""
    status = error.code or 500
    told: dict[str, Any] = getattr(error, "data", None) or {}
    code = CODES.get(status) or error.name.lower().replace(" ", "_")
    detail = _not_found() if status == HTTPStatus.NOT_FOUND else ADVICE.get(status) or error.description or error.name
    return refusal(status, code, detail, errors=_fields(told.get("messages")), headers=_own_headers(error))


def unavailable(error: StoreUnavailable) -> Response:
    """The database cannot answer now."""
    log.warning("store_unavailable", reason=str(error))
    detail = "the database cannot answer now; try again in a moment"
    return refusal(503, "store_unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def _not_found() -> str:
    is_ours = request.url_rule is not None and request.path.startswith(("/v1/", "/api/"))
    hints = (hint for place, hint in BY_REFERENCE.items() if request.path.startswith(place))
    return "; ".join((NO_SUCH_ID if is_ours else ADVICE[404], *hints))


def _fields(messages: object) -> object:
    # webargs nests them under the place that they stand in, "query" or "json"; the caller knows where he wrote them
    return next(iter(messages.values()), None) if isinstance(messages, dict) else messages


def _own_headers(error: HTTPException) -> dict[str, str]:
    # Allow, WWW-Authenticate, Retry-After: what an error brings beside its page, which we replace
    return {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
