"""How the front says no: one shape for every refusal, a sample of it in quarantine, never a word about what was inside."""

import structlog
from flask import Response, jsonify, request
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException

from domain.errors import StoreUnavailable
from domain.refusals import Refusal
from observability import answer_times, trace
from webhooks import bodies, evidence, refusals, vendor
from webhooks.refused import Refused

RETRY_AFTER_S = 1
SAMPLE_BYTES = 16 * 1024

log = structlog.get_logger()


def refused(error: Refused) -> Response:
    """Not from whom it says, or not what was agreed."""
    return _refuse(error)


def invalid(error: ValidationError) -> Response:
    """Genuine, but a field is missing or impossible; the answer names the fields, not their values."""
    errors = {str(name): [str(message) for message in messages] for name, messages in error.messages_dict.items()}
    return _refuse(Refused(400, "invalid_fields", "these fields are missing or impossible; nothing was stored", errors))


def broken(error: HTTPException) -> Response:
    """Too large, cut off, or otherwise not a request that could be read."""
    code = error.name.lower().replace(" ", "_")
    return _refuse(Refused(error.code or 500, code, error.description or error.name))


def unavailable(error: StoreUnavailable) -> Response:
    """The database cannot take it now: nothing was stored, the vendor shall come again."""
    log.warning("webhook_not_stored", provider=vendor.named(), route=_route(), reason=str(error))
    response = _answer(503, "store_unavailable", "the delivery could not be stored; send it again")
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _refuse(error: Refused) -> Response:
    # what nobody has read stays unread: a refusal must not cost 64 MB
    provider, body = vendor.named(), bodies.read_so_far()
    refusals.sample(
        Refusal(
            provider=provider,
            reason=error.code,
            route=_route(),
            body=body[:SAMPLE_BYTES],
            body_size=len(body) or request.content_length or 0,
            trace_id=trace.current(),
            **evidence.found(),
        )
    )
    answer_times.refused(provider, error.code)
    log.warning("webhook_refused", provider=provider, route=_route(), reason=error.code, fields=sorted(error.errors or ()))
    return _answer(error.status, error.code, error.detail, error.errors)


def _answer(status: int, code: str, detail: str, errors: dict[str, list[str]] | None = None) -> Response:
    body: dict[str, object] = {"detail": detail, "code": code, "trace_id": trace.current()}
    response = jsonify(body | {"errors": errors} if errors else body)
    response.status_code = status
    return response


def _route() -> str:
    return request.url_rule.rule if request.url_rule else ""
