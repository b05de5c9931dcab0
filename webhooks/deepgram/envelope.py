"""Reads of a Deepgram callback only what the front must know, and skips the rest: an hour of speech is megabytes of words."""

import re
from dataclasses import dataclass

import msgspec

from domain.statuses import UNKNOWN_SHAPE

_REQUEST_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z _.-]{0,63}")


class NotJsonError(ValueError):
    """The body is not JSON."""


@dataclass(frozen=True, slots=True)
class CallbackEnvelope:
    """``reason`` is None when there are results; else it is the vendor's code, or ``unknown_shape``."""

    request_id: str | None
    reason: str | None


_ABSENT = msgspec.Raw(b"null")


class _Document(msgspec.Struct):
    # Raw is a view of the body: skipped, not parsed, not copied
    metadata: msgspec.Raw = _ABSENT
    results: msgspec.Raw = _ABSENT
    request_id: msgspec.Raw = _ABSENT
    err_code: msgspec.Raw = _ABSENT
    category: msgspec.Raw = _ABSENT


class _Metadata(msgspec.Struct):
    request_id: msgspec.Raw = _ABSENT


_documents = msgspec.json.Decoder(_Document)
_any_json = msgspec.json.Decoder(msgspec.Raw)


def read(body: bytes) -> CallbackEnvelope:
    """What the body says of itself. Raises NotJsonError.

    Both shapes of an error count (``err_code`` and ``category``): which of them a callback carries is not documented.
    """
    document = _document(body)
    request_id = _word(_metadata(document).request_id, _REQUEST_ID) or _word(document.request_id, _REQUEST_ID)
    if bytes(memoryview(document.results)[:1]) == b"{":
        return CallbackEnvelope(request_id, None)
    return CallbackEnvelope(request_id, _word(document.err_code, _CODE) or _word(document.category, _CODE) or UNKNOWN_SHAPE)


def _document(body: bytes) -> _Document:
    try:
        # msgspec checks the encoding only of strings that it decodes; the steps will decode them all
        body.isascii() or body.decode()
        return _documents.decode(body)
    except msgspec.ValidationError:
        return _other(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJsonError from None


def _other(body: bytes) -> _Document:
    # JSON, but no object; unless it breaks off further on
    try:
        _any_json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise NotJsonError from None
    return _Document()


def _metadata(document: _Document) -> _Metadata:
    try:
        return msgspec.json.decode(document.metadata, type=_Metadata)
    except msgspec.ValidationError:
        return _Metadata()


def _word(raw: msgspec.Raw, pattern: re.Pattern[str]) -> str | None:
    try:
        text = msgspec.json.decode(raw, type=str)
    except msgspec.ValidationError:
        return None
    return text if pattern.fullmatch(text) else None
