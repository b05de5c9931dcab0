"""Which vendor the request at hand is from, by the routes that it came to."""

from flask import request


def named() -> str:
    """The vendor's blueprint, below which others may stand; "" outside of the front."""
    return [*(request.blueprint or "").split("."), ""][1]
