"""Deepgram's errors in all of their shapes: legacy, modern, plain text."""

import uuid
from collections.abc import Mapping

import orjson
from flask import Response, request

from scripts.twin.mischief import Vendor
from scripts.twin.modes import Mode
from scripts.twin.world import here

_WORDS: Mapping[int, tuple[str, str]] = {
    400: ("Bad Request", "Bad Request: failed to process audio: corrupt or unsupported data"),
    401: ("INVALID_AUTH", "Invalid credentials."),
    402: (
        "ASR_PAYMENT_REQUIRED",
        "Project does not have enough credits for an ASR request and does not have an overage agreement.",
    ),
    403: ("INSUFFICIENT_PERMISSIONS", "Project does not have access to the requested model."),
    404: ("PROJECT_NOT_FOUND", "Project not found."),
    429: ("TOO_MANY_REQUESTS", "Too many requests. Please try again later"),
    503: ("SERVICE_UNAVAILABLE", "Service is temporarily unavailable."),
}
_OTHER = ("INTERNAL_SERVER_ERROR", "An internal error occurred.")


def legacy(status: int, code: str | None = None, request_id: str | None = None) -> Response:
    """``{err_code, err_msg, request_id}``."""
    return _json(status, legacy_body(status, code, request_id))


def legacy_body(status: int, code: str | None = None, request_id: str | None = None) -> dict[str, str]:
    """The same as an object, which is also what the callback of a failed job holds."""
    word, message = _WORDS.get(status, _OTHER)
    return {"err_code": code or word, "err_msg": message, "request_id": request_id or str(uuid.uuid4())}


def modern(status: int, category: str, message: str, details: str) -> Response:
    """``{category, message, details, request_id}``."""
    return _json(status, {"category": category, "message": message, "details": details, "request_id": str(uuid.uuid4())})


def text(status: int, words: str) -> Response:
    """No JSON at all."""
    return Response(words, status, mimetype="text/plain")


def refuse_stranger() -> Response | None:
    """401 unless ``Authorization: Token`` holds the key."""
    return None if request.headers.get("Authorization") == f"Token {here().config.deepgram_key}" else legacy(401)


def by_mode(mode: Mode) -> Response:
    """The error that a mode asks for, in its shape."""
    status = mode.status or 500
    code, message = _WORDS.get(status, _OTHER)
    if mode.shape == "modern":
        return modern(status, mode.code or code, message, "Try again later or contact support.")
    if mode.shape == "text":
        return text(status, message)
    return legacy(status, mode.code)


def _json(status: int, body: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status, mimetype="application/json")


VENDOR = Vendor("deepgram", refuse_stranger, by_mode)
