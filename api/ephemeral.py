"""How routes answer for what may be forgotten: 503 when Redis is not there, 429 when there is too much of it, never a wrong answer."""

import structlog
from flask import Response

from api.errors import RETRY_AFTER_S, refusal
from api.smorest import Blueprint
from domain.errors import EphemeralUnavailable

# how long whoever has too many open waits until some of them have run out
CROWDED_AGAIN_S = 60

log = structlog.get_logger()


def unavailable(error: EphemeralUnavailable) -> Response:
    """Redis cannot answer now."""
    log.warning("ephemeral_unavailable", reason=str(error))
    detail = "what goes on just now cannot be reached; nothing was taken, try again in a moment"
    return refusal(503, "ephemeral_unavailable", detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def crowded(what: str) -> Response:
    """The organization has more of them open than it may."""
    detail = f"too many {what} are open; end some, or wait until those that nobody uses have run out"
    return refusal(429, "too_many_open", detail, headers={"Retry-After": str(CROWDED_AGAIN_S)})


def answers_when_gone(blueprint: Blueprint) -> None:
    """Let a blueprint's routes answer so."""
    blueprint.register_error_handler(EphemeralUnavailable, unavailable)
