"""What every answer of the API says to browsers: guess no type, show it in no frame, keep nothing; and which pages may ask (CORS)."""

from flask import Flask, Response, request
from flask_cors import CORS

import settings
from api import limits

# vendors' answers are read by vendors
_NOT_OURS = "/webhooks/"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    # a page of ours that shows something says so itself
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_HSTS = "max-age=31536000"
_PREFLIGHT_S = 600
_MAY_SEND = (
    "Authorization",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Idempotency-Key",
    "Prefer",
    "X-Trace-Id",
    "X-Request-ID",
    "traceparent",
)
_MAY_READ = (
    "ETag", "Location", "Retry-After", "X-Trace-Id", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Preference-Applied",
)  # fmt: skip


def follow(app: Flask) -> None:
    """Add them to every answer but the webhooks'. No cookie of ours exists, so no page is given credentials."""
    origins = list(settings.current().access.cors_origins)
    if origins:
        CORS(
            app,
            resources={r"/(v1|auth|api)/.*": {"origins": origins}},
            allow_headers=_MAY_SEND,
            expose_headers=_MAY_READ,
            max_age=_PREFLIGHT_S,
            supports_credentials=False,
        )
    app.after_request(_tell)


def _tell(response: Response) -> Response:
    if request.path.startswith(_NOT_OURS):
        return response
    limits.tell(response)
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if settings.current().public_base_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", _HSTS)
    return response
