"""Twilio's errors, and who may ask."""

import hmac
from collections.abc import Mapping

import orjson
from flask import Response, request

from scripts.twin.mischief import Vendor
from scripts.twin.modes import Mode
from scripts.twin.world import here

NOT_FOUND, NOT_IN_PROGRESS, CREDENTIALS = 20404, 21220, 20003
_MESSAGES: Mapping[int, str] = {
    20003: "Authenticate",
    20404: "The requested resource {path} was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    20503: "Service Unavailable",
    21220: "Call is not in-progress. Cannot redirect.",
    21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number.",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21610: "Attempt to send to unsubscribed recipient",
    21211: "Invalid 'To' Phone Number",
    21612: "The 'To' phone number is not currently reachable via SMS",
    21614: "'To' number is not a valid mobile number",
}
_BY_STATUS: Mapping[int, int] = {401: CREDENTIALS, 404: NOT_FOUND, 429: 20429, 503: 20503}


def error(status: int, code: int, message: str | None = None) -> Response:
    """``{code, message, more_info, status}``."""
    return _json(status, {"code": code, "message": message or _worded(code), "more_info": _page(code), "status": status})


def not_found() -> Response:
    """404 with code 20404."""
    return error(404, NOT_FOUND)


def refuse_stranger() -> Response | None:
    """401 unless Basic authentication names the account of the path, with its token."""
    told = request.authorization
    account = (request.view_args or {}).get("account", "")
    token = here().config.accounts.get(account)
    if told is None or token is None or told.username != account or not hmac.compare_digest(told.password or "", token):
        return error(401, CREDENTIALS)
    return None


def by_mode(mode: Mode) -> Response:
    """The error that a mode asks for; the shape ``problem`` is RFC 9457's, as newer products answer."""
    status = mode.status or 500
    code = int(mode.code or _BY_STATUS.get(status, 20000 + status))
    if mode.shape == "problem":
        return _json(status, {"type": _page(code), "title": _worded(code), "status": status, "code": code}, "application/problem+json")
    return error(status, code)


def _worded(code: int) -> str:
    return _MESSAGES.get(code, "The request could not be processed").format(path=request.path)


def _page(code: int) -> str:
    return f"https://www.twilio.com/docs/errors/{code}"


def _json(status: int, body: Mapping[str, object], mimetype: str = "application/json") -> Response:
    return Response(orjson.dumps(body), status, mimetype=mimetype)


VENDOR = Vendor("twilio", refuse_stranger, by_mode)
