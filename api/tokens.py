"""Tokens of people: an access token for a quarter of an hour, a refresh token for as long as the session. Signed JWTs (RFC 7519), HS256.

What each is for stands in it and is checked, with issuer, audience, times and the one algorithm. Which of them are still good knows the
database (``db/logins.py``), where a refresh token is kept as its SHA-256.
"""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt

import settings
from db.logins import Issued
from db.tables.base import new_id

ACCESS_S = 15 * 60
SESSION_S = 7 * 24 * 3_600
MOST_CHARS = 1_500

_ALGORITHM, _AUDIENCE = "HS256", "hookline-api"
_ACCESS, _REFRESH = "access", "refresh"
_PURPOSE = b"hookline/people-tokens/v1\0"
_REQUIRED = ["iss", "aud", "iat", "exp", "jti", "sub", "org", "sid", "type"]
# two machines' clocks
_LEEWAY_S = 5


class BadTokenError(Exception):
    """Forged, expired, or of another kind."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    id: UUID
    organization_id: UUID
    person_id: UUID
    session_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenPair:
    """Both tokens, and what is to be kept of the second."""

    access: str
    refresh: str
    kept: Issued


def create_token_pair(
    organization_id: UUID, person_id: UUID, *, session: tuple[UUID, datetime] | None = None, now: datetime | None = None
) -> TokenPair:
    """Two tokens of a new session, or of one that is open: its id and when it ends, which no refreshing puts off."""
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    session_id, ends = session or (new_id(), moment + timedelta(seconds=SESSION_S))
    shared = {"sub": str(person_id), "org": str(organization_id), "sid": str(session_id), "iat": moment}
    token_id = new_id()
    refresh = _signed(shared | {"type": _REFRESH, "jti": str(token_id), "exp": ends})
    access = _signed(shared | {"type": _ACCESS, "jti": str(new_id()), "exp": min(moment + timedelta(seconds=ACCESS_S), ends)})
    return TokenPair(access, refresh, Issued(token_id, organization_id, person_id, session_id, digest(refresh), ends))


def verify_access_token(token: str) -> Claims:
    """What an access token says. Raises BadTokenError for anything else."""
    return _verified(token, _ACCESS)


def verify_refresh_token(token: str) -> Claims:
    """What a refresh token says. Raises BadTokenError for anything else, an access token too."""
    return _verified(token, _REFRESH)


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return sha256(token.encode()).digest()


def _signed(claims: dict[str, Any]) -> str:
    return jwt.encode(claims | {"iss": settings.current().public_base_url, "aud": _AUDIENCE}, _key(), algorithm=_ALGORITHM)


def _verified(token: str, kind: str) -> Claims:
    issuer = settings.current().public_base_url
    try:
        told = jwt.decode(
            token,
            _key(),
            [_ALGORITHM],
            {"require": _REQUIRED},
            audience=_AUDIENCE,
            issuer=issuer,
            leeway=_LEEWAY_S if kind == _ACCESS else 0,
        )
        if told["type"] != kind:
            raise BadTokenError(f"this is no {kind} token")
        token_id, organization_id, person_id, session_id = (UUID(told[name]) for name in ("jti", "org", "sub", "sid"))
    except (jwt.InvalidTokenError, ValueError, AttributeError, TypeError):
        # PyJWT's words may quote what was sent
        raise BadTokenError("this token is forged or has expired") from None
    return Claims(token_id, organization_id, person_id, session_id, datetime.fromtimestamp(told["exp"], UTC))


def _key() -> bytes:
    # a key of its own: whoever sees a signature of one kind learns nothing of the others
    return hmac.digest(settings.current().secret_key.encode(), _PURPOSE, "sha256")
