"""What the document says of routes that may answer later: headers that a caller may send, and those of a 202."""

from typing import Any

from domain.jobs import KEY_CHARS

PREFER, KEY = "Prefer", "Idempotency-Key"

LATER = {
    "Location": {"schema": {"type": "string"}, "description": "where the job can be looked at"},
    "Retry-After": {"schema": {"type": "string"}, "description": "when to look, in seconds"},
}
# how long is waited, and whether at all: what cannot be read is as if it were not there (RFC 7240)
WAITS: dict[str, Any] = {
    "in": "header",
    "name": PREFER,
    "schema": {"type": "string"},
    "description": "`wait=N`: how many seconds to wait for the answer, 20 at most; `respond-async`: not at all",
}
SAME_TWICE: dict[str, Any] = {
    "in": "header",
    "name": KEY,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARS, "pattern": "^[ -~]+$"},
    "description": "the same request under the same key is the same job for a day; another request under it is refused",
}
