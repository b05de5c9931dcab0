"""Whoever makes up requests by the document alone makes up the same key for two of them. Here each key names one request.

schemathesis' command line imports this by its name; it hooks itself in.
"""

from typing import Any
from uuid import uuid4

import schemathesis

from api.later import KEY
from domain.jobs import KEY_CHARS


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], _how: dict[str, Any]) -> None:
    """Give a request whose key would be taken another one, which nobody has used; a key that is refused stays as it is."""
    key = case.headers.get(KEY) if case.headers else None
    if isinstance(key, str) and 0 < len(key) <= KEY_CHARS and key.isascii() and key.isprintable():
        case.headers[KEY] = str(uuid4())
