"""Reads a body once, never more of it than is allowed, and all of it or nothing."""

from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO

import msgspec
from flask import g, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from webhooks.refused import Refused


def read_object() -> Mapping[str, object]:
    """The body that was read before, as a JSON object. Raises Refused (400) if it is none."""
    try:
        return msgspec.json.decode(raw(), type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(400, "not_json", "the body is not a JSON object; nothing was stored") from None


def raw() -> bytes:
    """The body that was read before."""
    body: bytes = g.body
    return body


def read_so_far() -> bytes:
    """The body, if somebody has read it."""
    body: bytes = g.get("body", b"")
    return body


def read_body(limit: int) -> bytes:
    """Read all of it, for ``raw`` too.

    Raises RequestEntityTooLarge, unread if Content-Length says so already; ClientDisconnected (400) if fewer bytes came than it says.
    """
    # for whoever parses a form, too
    request.max_content_length = limit
    announced = request.content_length
    return _chunked(limit) if announced is None else _announced(announced, limit)


def _announced(size: int, limit: int) -> bytes:
    if size > limit:
        raise RequestEntityTooLarge
    body, environ = b"", request.environ
    with suppress(OSError):
        # at once: in pieces, as werkzeug reads it, the server would copy for each of them whatever else of a long body has come
        body = environ["wsgi.input"].read(size)
    g.body = body
    if len(body) < size:
        raise ClientDisconnected("the body broke off before its announced end; send it again")
    # a form is parsed from here
    environ["wsgi.input"] = BytesIO(body)
    return body


def _chunked(limit: int) -> bytes:
    body = g.body = request.get_data()
    if len(body) >= limit:
        # werkzeug cuts off at the limit without a word; asked for one byte more, it objects
        request.stream.read(1)
    return body
