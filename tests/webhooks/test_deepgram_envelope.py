"""What the front reads of a callback, and what it makes of bodies that nobody promised."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.statuses import UNKNOWN_SHAPE
from tests.support import payloads
from tests.support.timing import work
from webhooks.deepgram.envelope import CallbackEnvelope, NotJsonError, read

ID = "5a1b7c52-0000-4000-8000-000000000001"


@pytest.mark.parametrize("name", ["short", "multichannel", "empty", "unicode_multi", "intelligence"])
def test_results_are_recognized_with_their_request_id(name: str) -> None:
    body = payloads.deepgram(name)

    assert read(body) == CallbackEnvelope(json.loads(body)["metadata"]["request_id"], None)


@pytest.mark.alone
def test_an_hour_of_speech_is_read_in_less_than_half_of_what_parsing_it_takes() -> None:
    body = payloads.hour_of_speech()

    assert len(body) > 3_000_000
    assert read(body) == CallbackEnvelope("00000000-0000-4000-8000-000000000060", None)
    assert work(lambda: read(body)) < work(lambda: orjson.loads(body)) / 2


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"err_code": "Bad Request", "err_msg": "…", "request_id": ID}, CallbackEnvelope(ID, "Bad Request")),
        ({"category": "INVALID_JSON", "message": "…", "request_id": ID}, CallbackEnvelope(ID, "INVALID_JSON")),
        ({"metadata": {"request_id": ID}, "err_code": "ASR_TIMEOUT"}, CallbackEnvelope(ID, "ASR_TIMEOUT")),
        ({"request_id": ID}, CallbackEnvelope(ID, UNKNOWN_SHAPE)),
        ({}, CallbackEnvelope(None, UNKNOWN_SHAPE)),
        ({"results": None, "err_code": "X"}, CallbackEnvelope(None, "X")),
        ({"results": []}, CallbackEnvelope(None, UNKNOWN_SHAPE)),
        ({"results": "{"}, CallbackEnvelope(None, UNKNOWN_SHAPE)),
        ({"results": {}}, CallbackEnvelope(None, None)),
        ({"results": {}, "metadata": 5}, CallbackEnvelope(None, None)),
        ({"results": {}, "metadata": {"request_id": 5}}, CallbackEnvelope(None, None)),
        ({"results": {}, "metadata": {"request_id": "a" * 65}}, CallbackEnvelope(None, None)),
        ({"results": {}, "metadata": {"request_id": "a\0b"}, "request_id": ID}, CallbackEnvelope(ID, None)),
        ({"err_code": "x" * 65, "category": "ok"}, CallbackEnvelope(None, "ok")),
        ({"err_code": "call me at +1 415 555\n"}, CallbackEnvelope(None, UNKNOWN_SHAPE)),
        ({"err_code": {"a": 1}, "request_id": [ID]}, CallbackEnvelope(None, UNKNOWN_SHAPE)),
        ([], CallbackEnvelope(None, UNKNOWN_SHAPE)),
        ([{"results": {}}], CallbackEnvelope(None, UNKNOWN_SHAPE)),
        ("text", CallbackEnvelope(None, UNKNOWN_SHAPE)),
        (5, CallbackEnvelope(None, UNKNOWN_SHAPE)),
        (None, CallbackEnvelope(None, UNKNOWN_SHAPE)),
    ],
)
def test_every_shape_has_a_meaning(document: object, expected: CallbackEnvelope) -> None:
    assert read(json.dumps(document).encode()) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\0\0\0",
        b"not json",
        b"<html>",
        b"a=1&b=2",
        b'{"results": {"a": 1}',
        b'{"results": {}} trailing',
        b"[1, 2",
        b'{"results": {"t": "\xff\xfe"}}',
        b'{"results": {"t": "\x00"}}',
        b'{"results": NaN}',
        b"[" * 100_000,
        b'{"results": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"\x1f\x8b\x08\x00",
    ],
)
def test_what_is_not_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NotJsonError):
        read(body)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused_never_an_error(body: bytes) -> None:
    try:
        read(body)
    except NotJsonError:
        with pytest.raises(ValueError, match=r"."):
            _strict(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)
words = st.dictionaries(st.sampled_from(["metadata", "results", "request_id", "err_code", "category", "other"]), json_values)


@given(words | json_values)
def test_any_json_has_a_meaning_that_fits_into_a_text_column(document: object) -> None:
    envelope = read(json.dumps(document).encode())

    for text in (envelope.request_id or "", envelope.reason or ""):
        assert len(text) <= 64
        assert text.isprintable()


def _strict(body: bytes) -> None:
    if b"\0" in body or body.strip() in {b"NaN", b"Infinity", b"-Infinity"}:
        raise ValueError(body)
    json.loads(body.decode())
