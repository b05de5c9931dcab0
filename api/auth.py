"""Who is calling and what they may do: an API key, which alone decides the organization."""

import hmac
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from db import api_keys, organizations
from domain.access import Caller, Scope
from domain.organizations.organization import DEFAULT_SLUG
from observability import context

View = TypeVar("View", bound=Callable[..., Any])

SCHEME = {"type": "http", "scheme": "bearer", "description": "An API key: hk_…, made by `celery -A tasks keys create`"}

_BEARER = re.compile(r"Bearer hk_([0-9a-f]{32})_([A-Za-z0-9_-]{20,100})")
# compared with when there is no such key, so that the answer takes as long
_NOBODY = bytes(32)


def with_scope(needed: Scope) -> Callable[[View], View]:
    """Let in who shows a key that stands and may do this: others get 401 or, with too narrow a scope, 403. Raises StoreUnavailable."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.caller = _authenticate(request.headers.get("Authorization", ""))
            context.about(organization=organization_id())
            if not caller().scope.covers(needed):
                raise Forbidden(f"this needs a key with the scope {needed.value!r}; yours has {caller().scope.value!r}")
            return view(*args, **kwargs)

        return cast(View, guarded)

    return guard


def of_the_plant(view: View) -> View:
    """Let in, of those who are let in, only the organization that runs the plant; others get 403. Raises StoreUnavailable."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        tenant = organizations.find(organization_id())
        if tenant is None or tenant.slug != DEFAULT_SLUG:
            raise Forbidden(f"these figures are of all organizations: use an API key of {DEFAULT_SLUG!r}")
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
    shown = _BEARER.fullmatch(header)
    if not shown:
        _refuse("send your API key as `Authorization: Bearer hk_…`", "invalid_request" if header else None)
    key = api_keys.find(UUID(shown[1]))
    genuine = hmac.compare_digest(api_keys.digest(shown[2]), key.secret_sha256 if key else _NOBODY)
    if key is None or not genuine or key.revoked_at:
        _refuse("this API key does not exist or was revoked; make one with `celery -A tasks keys create`", "invalid_token")
    return Caller(key.organization_id, str(key.id), key.scope)


def _refuse(detail: str, error: str | None) -> NoReturn:
    # RFC 6750 §3.1: no error word for a caller who showed nothing at all
    values: dict[str, str | None] = {"realm": "hookline"}
    if error:
        values["error"] = error
    raise Unauthorized(detail, www_authenticate=WWWAuthenticate("bearer", values))
