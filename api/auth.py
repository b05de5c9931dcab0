"""Who is calling and what they may do: an API key or a person's access token, which alone decides the organization."""

import hmac
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

from flask import Response, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from api import limits, tokens
from db import api_keys, logins, organizations
from db.tenancy import confined, confined_stream, unconfined
from domain.access import Caller, Scope
from domain.organizations.organization import DEFAULT_SLUG
from observability import context

View = TypeVar("View", bound=Callable[..., Any])

SCHEMES: dict[str, dict[str, str]] = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key: hk_…, made by `celery -A tasks keys create` or POST /v1/keys",
    },
    "accessToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A person's access token, from POST /auth/token; good for a quarter of an hour",
    },
}

_BEARER = re.compile(r"Bearer hk_([0-9a-f]{32})_([A-Za-z0-9_-]{20,100})")
_TOKEN = re.compile(rf"Bearer (?=.{{1,{tokens.MOST_CHARS}}}\Z)([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")
# compared with when there is no such key, so that the answer takes as long
_NOBODY = bytes(32)


def with_scope(needed: Scope) -> Callable[[View], View]:
    """Let in who shows a key or token that stands and may do this: others get 401 or, with too narrow a scope, 403; too often, 429.

    What the view then reads and writes is confined to the caller's organization, as far as the answer is made while it is sent, too.
    Raises StoreUnavailable.
    """

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.caller = _authenticate(request.headers.get("Authorization", ""))
            context.about(organization=organization_id())
            limits.count(caller())
            if not caller().scope.covers(needed):
                raise Forbidden(
                    f"this needs the scope {needed.value!r}; you have {caller().scope.value!r}"
                    f" (a key that may: celery -A tasks keys create --name NAME --scope {needed.value})"
                )
            with confined(organization_id()):
                answer = view(*args, **kwargs)
            if isinstance(answer, Response) and answer.is_streamed:
                answer.response = confined_stream(organization_id(), answer.iter_encoded())
            return answer

        return cast(View, guarded)

    return guard


def of_the_plant(view: View) -> View:
    """Let in, of those who are let in, only the organization that runs the plant; others get 403. Raises StoreUnavailable."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        tenant = organizations.find(organization_id())
        if tenant is None or tenant.slug != DEFAULT_SLUG:
            raise Forbidden(f"these figures are of all organizations: use an API key of {DEFAULT_SLUG!r}")
        with unconfined():
            return view(*args, **kwargs)

    return cast(View, guarded)


def caller() -> Caller:
    """Who asks."""
    found: Caller = g.caller
    return found


def organization_id() -> UUID:
    """The organization that is asked for."""
    return caller().organization_id


def actor() -> str:
    """Who asks, as ``db.audits`` keeps it."""
    return caller().actor


def _authenticate(header: str) -> Caller:
    if key := _BEARER.fullmatch(header):
        return _by_key(UUID(key[1]), key[2])
    token = _TOKEN.fullmatch(header)
    if not token:
        _refuse("send your API key or your access token as `Authorization: Bearer …`", "invalid_request" if header else None)
    return _by_token(token[1])


def _by_key(key_id: UUID, secret: str) -> Caller:
    key = api_keys.find(key_id)
    genuine = hmac.compare_digest(api_keys.digest(secret), key.secret_sha256 if key else _NOBODY)
    if key is None or not genuine or key.revoked_at:
        _refuse("this API key does not exist or was revoked; make one with `celery -A tasks keys create`", "invalid_token")
    api_keys.note_use(key.organization_id, key.id)
    return Caller(key.organization_id, str(key.id), key.scope, key.plan)


def _by_token(token: str) -> Caller:
    try:
        claims = tokens.verify_access_token(token)
    except tokens.BadTokenError as error:
        _refuse(f"{error}; POST /auth/refresh gives another one", "invalid_token")
    found = logins.find(claims.organization_id, claims.person_id, claims.session_id)
    if found is None:
        _refuse("this session has ended; POST /auth/token begins another one", "invalid_token")
    return found


def _refuse(detail: str, error: str | None) -> NoReturn:
    # RFC 6750 §3.1: no error word for a caller who showed nothing at all
    values: dict[str, str | None] = {"realm": "hookline"}
    if error:
        values["error"] = error
    raise Unauthorized(detail, www_authenticate=WWWAuthenticate("bearer", values))
