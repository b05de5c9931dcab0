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


def said(body: bytes) -> list[tuple[int, str]]:
    return [(utterance.speaker, utterance.text) for utterance in transcription(body).utterances]


def spoken(*utterances: dict[str, object], **metadata: object) -> bytes:
    parts = [UTTERANCE | {"start": at, "end": at + 1} | changed for at, changed in enumerate(utterances)]
    return json.dumps(
        {"metadata": {"request_id": "r"} | metadata, "results": {"channels": [{}], "utterances": parts}}, ensure_ascii=False
    ).encode()


class TestSpeech:
    @pytest.mark.parametrize(
        "results",
        [
            {},
            {"channels": []},
            {"channels": [{"alternatives": []}], "utterances": None},
            {"channels": [{"alternatives": [{"transcript": "", "confidence": 0, "words": []}]}], "utterances": []},
            {"utterances": [UTTERANCE | {"transcript": " \n"}]},
        ],
    )
    def test_silence_has_no_utterance(self, results: dict[str, object]) -> None:
        assert transcription(document(**results)).utterances == ()

    def test_one_speaker_is_one_speaker(self) -> None:
        assert said(spoken({"speaker": 0, "transcript": "a"}, {"speaker": 0, "transcript": "b"})) == [(0, "a"), (0, "b")]

    def test_ten_speakers_are_ten_speakers(self) -> None:
        turns: list[dict[str, object]] = [{"speaker": number} for number in range(10)]
        assert [speaker for speaker, _ in said(spoken(*turns))] == list(range(10))

    def test_speech_without_diarization_is_of_one_speaker(self) -> None:
        assert said(spoken({"speaker": None})) == [(0, "hello")]

    def test_on_several_channels_the_channel_is_the_speaker(self) -> None:
        body = spoken({"channel": 1, "speaker": 0}, {"channel": 0, "speaker": 0}, channels=2)
        assert [(said.speaker, said.channel) for said in transcription(body).utterances] == [(1, 1), (0, 0)]

    def test_channels_are_merged_in_the_order_of_time(self) -> None:
        legs = [
            {"alternatives": [{"words": [WORD | {"word": word, "start": start, "end": start + 0.5}]}]}
            for word, start in (("late", 5), ("early", 1))
        ]
        assert said(document(channels=legs)) == [(1, "early"), (0, "late")]

    @pytest.mark.parametrize("text", ["שלום, מה שלומך?", "مرحبا بك", "👩‍⚕️ 🏥 𐐷", "e\u0301 \u202eabc\u202c", "山田さん"])
    def test_every_script_arrives_as_it_was_said(self, text: str) -> None:
        assert said(spoken({"transcript": text})) == [(1, text)]
        assert said(of_words(WORD | {"punctuated_word": text})) == [(1, text)]

    def test_what_no_text_column_holds_is_replaced(self) -> None:
        assert said(spoken({"transcript": "a\0b"})) == [(1, "a\ufffdb")]
        assert said(of_words(WORD | {"word": "a\0b"})) == [(1, "a\ufffdb")]

    @pytest.mark.parametrize("missing", [{}, {"punctuated_word": None}, {"punctuated_word": ""}])
    def test_word_without_punctuation_is_the_word(self, missing: dict[str, object]) -> None:
        assert said(of_words(WORD | missing)) == [(1, "hello")]
        assert said(of_words(WORD | {"punctuated_word": "Hello!"})) == [(1, "Hello!")]

    def test_words_without_utterances_are_parted_where_the_voice_changes_or_pauses(self) -> None:
        heard = [("so", 0, 0.0), ("well", 0, 0.5), ("yes", 1, 1.0), ("later", 1, 9.0)]
        words = [WORD | {"word": word, "speaker": speaker, "start": start, "end": start + 0.4} for word, speaker, start in heard]
        assert said(document(channels=[{"alternatives": [{"words": words}]}])) == [(0, "so well"), (1, "yes"), (1, "later")]

    def test_ten_hours_are_read_whole(self) -> None:
        turns: list[dict[str, object]] = [{"start": at, "end": at + 9.5, "speaker": at // 10 % 2} for at in range(0, 36_000, 10)]
        transcribed = transcription(spoken(*turns, duration=36_000.0))
        assert len(transcribed.utterances) == 3_600
        assert (transcribed.utterances[-1].seq, transcribed.utterances[-1].end_ms) == (3_599, 35_999_500)
        assert transcribed.usage == {"speech_seconds": 36_000}


class TestUsage:
    @pytest.mark.parametrize(
        ("info", "model"),
        [
            ({"a": {"name": "general-nova-3", "version": "2025-07-31.0", "arch": "nova-3"}}, "nova-3"),
            ({"a": {"name": "general-nova-3"}}, "general-nova-3"),
            ({"a": {}, "b": {"arch": "nova-3"}}, "nova-3"),
            ({"a": {}}, None),
            ({}, None),
        ],
    )
    def test_model_has_the_name_by_which_it_is_ordered_and_charged(self, info: dict[str, object], model: str | None) -> None:
        assert transcription(spoken({}, model_info=info)).model == model

    @pytest.mark.parametrize(("duration", "seconds"), [(73.54319, 74), (0, 0), (0.01, 1), (36_000, 36_000)])
    def test_seconds_are_counted_whole(self, duration: float, seconds: int) -> None:
        assert transcription(spoken({}, duration=duration)).usage == {"speech_seconds": seconds}

    def test_each_channel_that_was_transcribed_counts(self) -> None:
        assert transcription(payloads.deepgram("multichannel")).usage == {"speech_seconds": 148}

    def test_stereo_that_was_transcribed_as_one_counts_once(self) -> None:
        assert transcription(spoken({}, duration=60, channels=2)).usage == {"speech_seconds": 60}

    @pytest.mark.parametrize("duration", [None, "long", -1, 1e300, []])
    def test_impossible_duration_costs_no_transcript(self, duration: object) -> None:
        transcribed = transcription(spoken({}, duration=duration))
        assert [utterance.text for utterance in transcribed.utterances] == ["hello"]
        assert transcribed.usage == {}

    def test_shape_without_metadata_has_no_usage(self) -> None:
        assert transcription(b'{"results": {}}').usage == {}
