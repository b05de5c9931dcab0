"""The twin's parts that need no socket."""

import wave
from io import BytesIO
from pathlib import Path

import pytest

from scripts.twin import kept, sound
from scripts.twin.deepgram.ears import Ears
from scripts.twin.openai import schema


def test_the_oldest_makes_room() -> None:
    values: kept.Kept[int] = kept.Kept(limit=2)
    for number in range(3):
        values.put(str(number), number)
    assert (values.newest_first(), values.get("0")) == ([2, 1], None)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_tone_is_as_long_as_it_should_be(channels: int) -> None:
    assert sound.probe(sound.tone(1.25, channels)) == sound.Sound(channels, 1.25)


def test_mixing_takes_the_mean_of_both_channels() -> None:
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setparams((2, 2, 8_000, 0, "NONE", ""))
        file.writeframes((100).to_bytes(2, "little") + (300).to_bytes(2, "little"))
    with wave.open(BytesIO(sound.mono(made.getvalue()))) as mixed:
        assert (mixed.getnchannels(), mixed.readframes(1)) == (1, (200).to_bytes(2, "little"))


@pytest.mark.parametrize("data", [b"", b"RIFF", b"RIFF0000WAVE", b"RIFF0000WAVEfmt \x10\x00\x00\x00", b"ID3 an mp3"])
def test_a_broken_header_tells_no_length(data: bytes) -> None:
    assert sound.probe(data) == sound.Sound(1, 0.0)
    assert sound.mono(data) == data


def test_an_mp3_is_as_long_as_it_should_be() -> None:
    assert len(sound.silent_mp3(10)) / 104 * 576 / 22_050 == pytest.approx(10, abs=0.03)


def test_ears_that_are_not_there_are_named() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-folder"):
        Ears(Path("no-such-folder"))


@pytest.mark.parametrize(
    ("part", "smallest"),
    [
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 9}, 1),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "string", "format": "date"}, "1970-01-01"),
        ({"type": ["string", "null"]}, None),
        ({"type": ["string", "null"], "enum": ["a", None]}, None),
        ({"const": "x"}, "x"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, None),
        ({"anyOf": [{"type": "boolean"}, {"type": "string"}]}, False),
        ({"properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}}, {"next": None}),
        ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["", ""]),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"enum": ["p", "q"]}}}, "p"),
        ({"properties": {"more": {"type": "array", "items": {"$ref": "#"}, "minItems": 0}}}, {"more": []}),
        ({"type": "object"}, {}),
        ({"type": "null"}, None),
    ],
)
def test_the_smallest_instance_of_a_schema(part: schema.Schema, smallest: object) -> None:
    assert schema.least(part) == smallest


def test_an_answer_is_made_to_fit() -> None:
    shape = {
        "properties": {
            "kept": {"type": "string"},
            "wrong": {"type": "integer"},
            "not_allowed": {"enum": ["a", "b"]},
            "missing": {"type": "number"},
            "list": {"type": "array", "items": {"properties": {"n": {"type": "integer"}}}},
        }
    }
    assert schema.fitted({"n": True}, {"properties": {"n": {"type": "integer"}}}) == {"n": 0}
    answer = {"kept": "x", "wrong": "x", "not_allowed": "c", "more": 1, "list": [{"n": 1}, {"n": "x"}]}
    assert schema.fitted(answer, shape) == {"kept": "x", "wrong": 0, "not_allowed": "a", "missing": 0, "list": [{"n": 1}, {"n": 0}]}


def test_strict_mode_wants_every_property_required() -> None:
    assert "'required'" in str(schema.fault({"properties": {"a": {}}, "additionalProperties": False, "required": []}))
    nested = {"type": "array", "items": {"properties": {"a": {}}, "required": ["a"]}}
    assert "items" in str(schema.fault(nested))
