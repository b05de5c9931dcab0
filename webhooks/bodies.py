"""Reads a body once, never more of it than is allowed."""

from flask import request


def read_body(limit: int) -> bytes:
    """The raw body, cached for whoever asks again. Raises RequestEntityTooLarge, unread if Content-Length says so already."""
    request.max_content_length = limit
    body = request.get_data()
    if request.content_length is None and len(body) >= limit:
        # chunked: werkzeug cuts off at the limit without a word; asked for one byte more, it objects
        request.stream.read(1)
    return body
