"""Reads a body once, never more of it than is allowed, and all of it or nothing."""

from flask import request
from werkzeug.exceptions import ClientDisconnected


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
