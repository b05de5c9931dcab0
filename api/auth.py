"""Who is calling: an API key, which alone decides the organization."""

import hmac
import re
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar
from uuid import UUID

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from db import api_keys, organizations
from domain.organizations.organization import DEFAULT_SLUG
from observability import context

P = ParamSpec("P")
R = TypeVar("R")

SCHEME = {"type": "http", "scheme": "bearer", "description": "An API key: hk_…, made by `celery -A tasks keys create`"}

_BEARER = re.compile(r"Bearer hk_([0-9a-f]{32})_([A-Za-z0-9_-]{20,100})")
# compared with when there is no such key, so that the answer takes as long
_NOBODY = bytes(32)


def with_api_key(view: Callable[P, R]) -> Callable[P, R]:
    """Let in who shows a key that stands; everybody else gets 401. Raises StoreUnavailable."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        g.organization_id, g.actor = _authenticate(request.headers.get("Authorization", ""))
        context.about(organization=g.organization_id)
        return view(*args, **kwargs)

    return guarded


def with_operators_key(view: Callable[P, R]) -> Callable[P, R]:
    """Let in who shows a key of the organization that runs the plant; other keys get 403. Raises StoreUnavailable."""

    @with_api_key
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        tenant = organizations.find(organization_id())
        if tenant is None or tenant.slug != DEFAULT_SLUG:
            raise Forbidden(f"these figures are of all organizations: use an API key of {DEFAULT_SLUG!r}")
        return view(*args, **kwargs)

    return guarded


def organization_id() -> UUID:
    """The organization whose key was shown."""
    shown: UUID = g.organization_id
    return shown


def actor() -> str:
    """Who asks, as ``db.audits`` keeps it: the id of the key that was shown."""
    shown: str = g.actor
    return shown


def _authenticate(header: str) -> tuple[UUID, str]:
    shown = _BEARER.fullmatch(header)
    if not shown:
        _refuse("send your API key as `Authorization: Bearer hk_…`", "invalid_request" if header else None)
    key = api_keys.find(UUID(shown[1]))
    genuine = hmac.compare_digest(api_keys.digest(shown[2]), key.secret_sha256 if key else _NOBODY)
    if key is None or not genuine or key.revoked_at:
        _refuse("this API key does not exist or was revoked; make one with `celery -A tasks keys create`", "invalid_token")
    return key.organization_id, str(key.id)


def _refuse(detail: str, error: str | None) -> NoReturn:
    # RFC 6750 §3.1: no error word for a caller who showed nothing at all
    values: dict[str, str | None] = {"realm": "hookline"}
    if error:
        values["error"] = error
    raise Unauthorized(detail, www_authenticate=WWWAuthenticate("bearer", values))
