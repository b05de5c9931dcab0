"""Whether a caller has the answer already: a weak tag of what was read, never of what would be rendered."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from flask import Response, request

# of an organization's own, and asked for again each time: no cache on the way may keep words of its callers
HEADERS = {"Cache-Control": "private, no-cache"}
ETAG = {"ETag": {"schema": {"type": "string", "example": 'W/"5f2b…"'}, "description": "send it back as If-None-Match"}}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "schema": {"type": "string"},
    "description": "the ETag of the answer that you have: 304 if it is still the same",
}


def conditional(found: Any) -> Any:
    """The answer with its tag, or 304 without a body for who has it. ``found`` is what was read: frozen records, texts, numbers."""
    tag = _tag(found)
    headers = {"ETag": f'W/"{tag}"', **HEADERS}
    return Response(status=304, headers=headers) if request.if_none_match.contains_weak(tag) else (found, headers)


def _tag(found: object) -> str:
    # two releases may say the same in other words
    return sha256(f"{_release()} {found!r}".encode()).hexdigest()[:32]


@cache
def _release() -> str:
    return version("hookline")
