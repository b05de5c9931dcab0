"""Makes Deepgram's response document, with what was asked for and nothing else."""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from werkzeug.datastructures import MultiDict

from scripts.twin.sound import Sound, probe

Asked = MultiDict[str, str]
Json = dict[str, Any]

DIALOGUE = (
    (0, "Thank you for calling Riverside Auto Care, this is Dana speaking, how can I help you today?"),
    (1, "Hi, I would like to book an appointment for an oil change tomorrow morning."),
    (0, "Certainly, I can schedule that for you. Would nine o'clock work?"),
    (1, "Yes, nine works for me, thank you."),
)
DEFAULT_MODEL = "base-general"  # what Deepgram takes when nobody names a model
CONFIDENCE = 0.98
_WORD_S = 0.35  # for audio whose header does not tell how long it is


@dataclass(frozen=True, slots=True)
class _Said:
    speaker: int
    channel: int
    words: list[Json]
    text: str

    def as_utterance(self, *, diarized: bool) -> Json:
        made = {
            "start": self.words[0]["start"],
            "end": self.words[-1]["end"],
            "confidence": CONFIDENCE,
            "channel": self.channel,
            "transcript": self.text,
            "words": self.words,
            "id": str(uuid.uuid4()),
        }
        return {**made, "speaker": self.speaker} if diarized else made


def heard(audio: bytes, known: bytes | None, asked: Asked, request_id: str) -> Json:
    """The document for this request: the known one under a new head, or the default dialogue spread over the audio's length."""
    sound = probe(audio)
    document: Json = orjson.loads(known) if known else _dialogue(sound, asked)
    document["metadata"] = {**_metadata(audio, sound, asked), **_figures(document), "request_id": request_id}
    if not _is_on(asked, "utterances"):
        document["results"].pop("utterances", None)
    return document


def duration_s(document: Json) -> float:
    """How much audio a document is about."""
    return float(document["metadata"]["duration"])


def _figures(document: Json) -> Json:
    """What a known document says of its own audio; its ids, dates and tags belong to another request."""
    told = document.get("metadata", {})
    return {name: told[name] for name in ("duration", "channels", "models", "model_info", "diarize_info") if name in told}


def _metadata(audio: bytes, sound: Sound, asked: Asked) -> Json:
    name = asked.get("model", DEFAULT_MODEL)
    model = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    made: Json = {
        "transaction_key": "deprecated",
        "sha256": hashlib.sha256(audio).hexdigest(),
        "created": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "duration": round(sound.seconds, 5),
        "channels": sound.channels,
        "models": [model],
        "model_info": {model: {"name": f"general-{name}", "version": "2026-01-01.0", "arch": name}},
    }
    if asked.getlist("extra"):
        made["extra"] = dict(pair.partition(":")[::2] for pair in asked.getlist("extra"))
    if asked.getlist("tag"):
        made["tags"] = asked.getlist("tag")
    return made


def _dialogue(sound: Sound, asked: Asked) -> Json:
    """Speaker n on channel n if the recording has two channels and they were asked for apart; else all on one."""
    diarized = bool(asked.get("diarize_model")) or _is_on(asked, "diarize")
    apart = sound.channels if _is_on(asked, "multichannel") else 1
    said = list(_spread(sound.seconds, apart, diarized=diarized))
    channels = [{"alternatives": [_alternative([each for each in said if each.channel == number])]} for number in range(apart)]
    return {"results": {"channels": channels, "utterances": [each.as_utterance(diarized=diarized) for each in said]}}


def _alternative(said: list[_Said]) -> Json:
    words = [word for each in said for word in each.words]
    return {"transcript": " ".join(each.text for each in said), "confidence": CONFIDENCE if words else 0.0, "words": words}


def _spread(seconds: float, channels: int, *, diarized: bool) -> Iterator[_Said]:
    count = sum(len(text.split()) for _, text in DIALOGUE)
    step, at = (seconds / count if seconds else _WORD_S), 0
    for speaker, text in DIALOGUE:
        words = []
        for word in text.split():
            words.append(_word(word, at * step, step, speaker if diarized else None))
            at += 1
        yield _Said(speaker, speaker % channels, words, text)


def _word(word: str, start: float, step: float, speaker: int | None) -> Json:
    made: Json = {
        "word": word.strip(".,?!").lower(),
        "start": round(start, 5),
        "end": round(start + step * 0.9, 5),
        "confidence": CONFIDENCE,
        "punctuated_word": word,
    }
    return made if speaker is None else {**made, "speaker": speaker, "speaker_confidence": 0.9}


def _is_on(asked: Asked, name: str) -> bool:
    return asked.get(name, "").lower() == "true"
