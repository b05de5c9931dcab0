"""Reads a body once, never more of it than is allowed, and all of it or nothing."""

from collections.abc import Mapping

import msgspec
from flask import request
from werkzeug.exceptions import ClientDisconnected

from webhooks.refused import Refused


def read_object() -> Mapping[str, object]:
    """The body that was read before, as a JSON object. Raises Refused (400) if it is none."""
    try:
        return msgspec.json.decode(request.get_data(), type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(400, "not_json", "the body is not a JSON object; nothing was stored") from None


def read_body(limit: int) -> bytes:
    """The raw body, cached for whoever asks again.

    Raises RequestEntityTooLarge, unread if Content-Length says so already; ClientDisconnected (400) if fewer bytes came than it says.
    """
    request.max_content_length = limit
    body = request.get_data()
    announced = request.content_length
    if announced is None and len(body) >= limit:
        # chunked: werkzeug cuts off at the limit without a word; asked for one byte more, it objects
        request.stream.read(1)
    if announced is not None and len(body) < announced:
        raise ClientDisconnected("the body broke off before its announced end; send it again")
    return body
