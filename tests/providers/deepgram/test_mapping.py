"""Deepgram's document becomes our utterances; one with impossible numbers is unreadable at once, not after four tries."""

import json
from typing import Any

import pytest

from domain.errors import PermanentError
from providers.deepgram.mapping import transcription
from tests.support import payloads

IMPOSSIBLE: list[dict[str, object]] = [
    {"start": 1e15},
    {"end": 1e308},
    {"start": -0.5},
    {"start": float("nan")},
    {"end": float("inf")},
    {"speaker": 2**40},
    {"speaker": -1},
    {"confidence": 1e308},
]
UTTERANCE = {"transcript": "hello", "start": 0.5, "end": 1.5, "confidence": 0.9, "channel": 0, "speaker": 1}
WORD = {"word": "hello", "start": 0.5, "end": 1.5, "confidence": 0.9, "speaker": 1}


def document(**results: Any) -> bytes:
    return json.dumps({"metadata": {"request_id": "r", "channels": 1}, "results": results}).encode()


def of_words(word: dict[str, object]) -> bytes:
    return document(channels=[{"alternatives": [{"words": [word]}]}])


@pytest.mark.parametrize("numbers", [*IMPOSSIBLE, {"channel": 99_999_999_999}, {"channel": -1}])
def test_utterance_with_impossible_numbers_is_unreadable(numbers: dict[str, object]) -> None:
    with pytest.raises(PermanentError, match=r"^deepgram:unreadable_payload$"):
        transcription(document(utterances=[UTTERANCE | numbers]))


@pytest.mark.parametrize("numbers", IMPOSSIBLE)
def test_word_with_impossible_numbers_is_unreadable(numbers: dict[str, object]) -> None:
    with pytest.raises(PermanentError, match=r"^deepgram:unreadable_payload$"):
        transcription(of_words(WORD | numbers))


@pytest.mark.parametrize("numbers", [{"start": 0, "end": 0}, {"end": 7 * 24 * 3_600}, {"speaker": 32_767}, {"confidence": 1.0000001}])
def test_unusual_numbers_are_taken_as_they_are(numbers: dict[str, object]) -> None:
    assert [said.text for said in transcription(of_words(WORD | numbers)).utterances] == ["hello"]
    assert [said.text for said in transcription(document(utterances=[UTTERANCE | numbers])).utterances] == ["hello"]


@pytest.mark.parametrize("name", ["short", "accepted", "empty", "multichannel", "unicode_multi", "intelligence"])
def test_what_deepgram_sends_is_never_out_of_bounds(name: str) -> None:
    body = payloads.deepgram(name)
    if b'"results"' in body:
        transcription(body)
