"""How much a caller may send, said before any of it is read."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

P = ParamSpec("P")
R = TypeVar("R")


def at_most(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse a body of more bytes with 413."""

    def guard(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            request.max_content_length = size
            return view(*args, **kwargs)

        return guarded

    return guard
