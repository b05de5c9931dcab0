"""OpenAI's errors, and who may ask."""

import hmac
import uuid
from collections.abc import Mapping

import orjson
from flask import Response, request

from scripts.twin.mischief import Vendor
from scripts.twin.modes import Mode
from scripts.twin.world import here

QUOTA = "insufficient_quota"
# status: message, type, code
_WORDS: Mapping[int, tuple[str, str, str | None]] = {
    400: ("Invalid request.", "invalid_request_error", None),
    401: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    403: ("You are not allowed to sample from this model.", "invalid_request_error", None),
    404: ("The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"),
    429: ("Rate limit reached for requests.", "requests", "rate_limit_exceeded"),
    503: ("The engine is currently overloaded, please try again later.", "server_error", None),
}
_OTHER = ("The server had an error while processing your request.", "server_error", None)
_QUOTA_WORDS = ("You exceeded your current quota, please check your plan and billing details.", QUOTA, QUOTA)


def headers(*, remaining: int = 4_999) -> dict[str, str]:
    """What is on every answer."""
    return {
        "x-request-id": f"req_{uuid.uuid4().hex}",
        "openai-processing-ms": "12",
        "openai-version": "2020-10-01",
        "x-ratelimit-limit-requests": "5000",
        "x-ratelimit-remaining-requests": str(remaining),
        "x-ratelimit-reset-requests": "12ms",
    }


def error(status: int, message: str | None = None, *, code: str | None = None, param: str | None = None) -> Response:
    """``{"error": {message, type, param, code}}``."""
    worded, kind, usual = _QUOTA_WORDS if code == QUOTA else _WORDS.get(status, _OTHER)
    body = {"error": {"message": message or worded, "type": kind, "param": param, "code": code or usual}}
    return Response(orjson.dumps(body), status, headers(remaining=0), mimetype="application/json")


def refuse_stranger() -> Response | None:
    """401 unless ``Authorization: Bearer`` holds the key."""
    expected = f"Bearer {here().config.openai_key}"
    return None if hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()) else error(401)


def by_mode(mode: Mode) -> Response:
    """The error that a mode asks for. ``retry_after_s`` is told in milliseconds too, which the SDK prefers."""
    answer = error(mode.status or 500, code=mode.code)
    if mode.retry_after_s is not None:
        answer.headers["retry-after-ms"] = str(round(mode.retry_after_s * 1000))
    return answer


VENDOR = Vendor("openai", refuse_stranger, by_mode)
