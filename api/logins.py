"""/auth: people log in with a password, keep a session going with refresh tokens, and end it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn

import structlog
from flask import request
from werkzeug.exceptions import TooManyRequests, Unauthorized

from api import limits, tokens
from api.errors import ErrorV1
from api.identity_schemas import LoginV1, RefreshV1, TokenPairV1
from api.smorest import Blueprint
from api.tokens import BadTokenError, Claims, TokenPair
from db import logins as sessions
from db import passwords, people

log = structlog.get_logger()

logins = Blueprint("logins", __name__, url_prefix="/auth", description="People log in; programs use API keys")

# A password costs a core for a tenth of a second and 32 MB, and the threads are there for everybody: one at a time in each process, and
# nobody waits for it, because whoever waits holds a thread that a vendor may want.
_one = threading.Lock()


@logins.post("/token")
@logins.arguments(LoginV1)
@logins.response(200, TokenPairV1)
@logins.alt_response(401, schema=ErrorV1)
@logins.alt_response(429, schema=ErrorV1)
@logins.alt_response(503, schema=ErrorV1)
def log_in(body: dict[str, Any]) -> dict[str, Any]:
    """Begin a session. Nobody learns from the answer, or from how long it takes, whether there is such a login."""
    who = body["organization"], body["login"], _origin()
    limits.count_login(*who)
    person = people.find_to_log_in(body["organization"], body["login"])
    with _turn():
        right = passwords.matches(person.password_hash if person else None, body["password"])
    if person is None or not right or person.disabled_at:
        raise Unauthorized("there is nobody with this organization, login and password")
    pair = tokens.create_token_pair(person.organization_id, person.id)
    if not sessions.begin(person.organization_id, pair.kept):
        raise Unauthorized("there is nobody with this organization, login and password")
    limits.know_login(*who)
    return _told(pair)


@logins.post("/refresh")
@logins.arguments(RefreshV1)
@logins.response(200, TokenPairV1)
@logins.alt_response(401, schema=ErrorV1)
@logins.alt_response(503, schema=ErrorV1)
def refresh(body: dict[str, Any]) -> dict[str, Any]:
    """Exchange a refresh token for two new ones. It is good once: a second use ends the session, as then somebody has a copy."""
    old = _claims(body["refresh_token"])
    pair = tokens.create_token_pair(old.organization_id, old.person_id, session=(old.session_id, old.expires_at))
    if not sessions.exchange(old.organization_id, old.id, tokens.digest(body["refresh_token"]), pair.kept):
        log.warning("refresh_refused", person=str(old.person_id), session=str(old.session_id))
        _refuse()
    return _told(pair)


@logins.post("/revoke")
@logins.arguments(RefreshV1)
@logins.response(204)
@logins.alt_response(401, schema=ErrorV1)
@logins.alt_response(503, schema=ErrorV1)
def revoke(body: dict[str, Any]) -> None:
    """End the session that a refresh token belongs to, used or not: its access tokens are good for nothing any more, either."""
    old = _claims(body["refresh_token"])
    sessions.end(old.organization_id, old.person_id, old.session_id)


def _origin() -> str:
    """Where a request comes from: who connects, and what the router in front, if there is one, says of whom it passes on.

    One of the two is not the sender's to choose, and nobody is ever refused for this: it only tells who got in from there before.
    """
    return f"{request.remote_addr} {request.headers.get('X-Forwarded-For', '').rpartition(',')[2].strip()}"


def _claims(token: str) -> Claims:
    try:
        return tokens.verify_refresh_token(token)
    except BadTokenError:
        _refuse()


def _refuse() -> NoReturn:
    raise Unauthorized("this refresh token was used, revoked or forged, or has expired; POST /auth/token begins another session")


def _told(pair: TokenPair) -> dict[str, Any]:
    left_s = int((pair.kept.expires_at - datetime.now(UTC)).total_seconds())
    return {
        "access_token": pair.access,
        "refresh_token": pair.refresh,
        "token_type": "bearer",
        "expires_in": min(tokens.ACCESS_S, left_s),
        "refresh_expires_in": left_s,
    }


@contextmanager
def _turn() -> Iterator[None]:
    if not _one.acquire(blocking=False):
        raise TooManyRequests("too many people log in at this moment; try again", retry_after=1)
    try:
        yield
    finally:
        _one.release()
