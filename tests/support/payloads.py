"""The vendors' requests as they are kept under tests/payloads, and one that is too large to keep."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"


@dataclass(frozen=True, slots=True)
class Sample:
    """A request as it stands in its two files. ``notes`` are the lines that are no headers: METHOD, SIGNED-URL, KEY, ORIGIN."""

    name: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[tuple[str, str], ...] | None:
        """The form's fields; None if the body is something else."""
        if not self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            return None
        return tuple(parse_qsl(self.body.decode(), keep_blank_values=True))


@cache
def twilio(name: str) -> Sample:
    """A request of Twilio's, by the name of its event."""
    headers: dict[str, str] = {}
    notes: dict[str, str] = {}
    path = next(path for path in _twilio_bodies() if path.stem == name)
    for line in path.with_name(f"{path.name}.headers").read_text().splitlines():
        key, _, value = line.partition(": ")
        (notes if key.startswith("# ") else headers)[key.removeprefix("# ")] = value
    return Sample(name, path.read_bytes(), headers, notes)


def twilio_names() -> list[str]:
    """Every kept request of Twilio's."""
    return sorted(path.stem for path in _twilio_bodies())


def deepgram(name: str) -> bytes:
    """A callback body of Deepgram's, by the name of its event."""
    return (PAYLOADS / "deepgram" / f"{name}.json").read_bytes()


@cache
def hour_of_speech(words: int = 10_131) -> bytes:
    """Two speakers for an hour, as Deepgram sends it with words and utterances: about 3.3 MB."""
    spoken = [_word(index) for index in range(words)]
    turns = [spoken[start : start + 20] for start in range(0, words, 20)]
    utterances = [
        {"start": turn[0]["start"], "end": turn[-1]["end"], "channel": 0, "transcript": _text(turn), "words": turn} for turn in turns
    ]
    alternative = {"transcript": _text(spoken), "confidence": 0.98, "words": spoken}
    metadata = {"request_id": "00000000-0000-4000-8000-000000000060", "duration": 3_600.0, "channels": 1}
    return json.dumps({"metadata": metadata, "results": {"channels": [{"alternatives": [alternative]}], "utterances": utterances}}).encode()


def keyed(body: bytes, request_id: str) -> bytes:
    """The same speech as another job's answer."""
    return body.replace(b"00000000-0000-4000-8000-000000000060", request_id.encode(), 1)


def _twilio_bodies() -> list[Path]:
    return [path for path in (PAYLOADS / "twilio").iterdir() if path.suffix in {".form", ".json"}]


_VOCABULARY = ("please", "tomorrow", "appointment", "the", "order", "morning", "I", "would", "like", "change", "number", "calling")


def _word(index: int) -> dict[str, object]:
    word, start = _VOCABULARY[index * 7 % len(_VOCABULARY)], index * 0.35
    return {
        "word": word.lower(),
        "start": round(start, 4),
        "end": round(start + 0.3, 4),
        "confidence": 0.9 + index % 97 / 1_000,
        "speaker": index // 20 % 2,
        "speaker_confidence": 0.5 + index % 499 / 1_000,
        "punctuated_word": word,
    }


def _text(words: list[dict[str, object]]) -> str:
    return " ".join(str(word["punctuated_word"]) for word in words)
