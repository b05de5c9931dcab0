"""Deepgram's callback document → our utterances. Pure; reads only the fields that it needs of a document of megabytes.

Shapes are those of the pre-recorded API's ``ListenV1Response``: ``results.utterances`` when they were asked for, else the words of
``results.channels``. With several channels the channel says who speaks; diarization numbers are per channel.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

import msgspec

from domain.errors import PermanentError
from domain.recordings import Word
from domain.runs import Transcription
from domain.speech import Utterance

# words of one speaker that are further apart than this are two utterances: Deepgram's own default for utt_split, in seconds
UTTERANCE_GAP_S = 0.8

# what a price is for: Deepgram charges by the second, for each channel that it transcribed
SPEECH_SECONDS = "speech_seconds"

# What lies beyond is no time, speaker or confidence, and would not fit into its column. A week is more than any recording lasts; a
# confidence that rounding put a little above 1 must not cost a transcript.
WEEK_S = 7 * 24 * 3_600
Seconds = Annotated[float, msgspec.Meta(ge=0, le=WEEK_S)]
Number = Annotated[int, msgspec.Meta(ge=0, le=32_767)]
Confidence = Annotated[float, msgspec.Meta(ge=0, le=2)]


class _Word(msgspec.Struct):
    word: str
    start: Seconds
    end: Seconds
    confidence: Confidence | None = None
    speaker: Number | None = None
    punctuated_word: str | None = None


class _Utterance(msgspec.Struct):
    transcript: str
    start: Seconds
    end: Seconds
    confidence: Confidence | None = None
    channel: Number = 0
    speaker: Number | None = None


class _Alternative(msgspec.Struct):
    words: list[_Word] = []


class _Channel(msgspec.Struct):
    alternatives: list[_Alternative] = []


class _Results(msgspec.Struct):
    channels: Annotated[list[_Channel], msgspec.Meta(max_length=32_768)] = []
    utterances: list[_Utterance] | None = None


class _Model(msgspec.Struct):
    name: str = ""
    arch: str = ""


class _Metadata(msgspec.Struct):
    request_id: str | None = None
    channels: Number = 1
    # a figure for the accounts: if it is impossible, the words are good all the same
    duration: Any = None
    model_info: dict[str, _Model] = {}


class _Document(msgspec.Struct):
    results: _Results
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_decoder = msgspec.json.Decoder(_Document)


def transcription(body: bytes) -> Transcription:
    """The words of a callback, times in ms, and their own figures of what it took. Silence gives no utterance.

    Raises PermanentError if the document is not of the known shape.
    """
    document = _read(body)
    several = max(document.metadata.channels, len(document.results.channels)) > 1
    said = document.results.utterances
    spoken = sorted(said or _from_words(document.results.channels), key=lambda utterance: (utterance.start, utterance.channel))
    ours = (_utterance(seq, utterance, several=several) for seq, utterance in enumerate(u for u in spoken if u.transcript.strip()))
    # what is ordered and charged for as nova-3 is named general-nova-3 here
    models = (info.arch or info.name for info in document.metadata.model_info.values())
    model = next((name for name in models if name), None)
    return Transcription(tuple(ours), "deepgram", model, document.metadata.request_id, _usage(document))


def _read(body: bytes) -> _Document:
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise PermanentError("deepgram:unreadable_payload") from None


def _usage(document: _Document) -> Mapping[str, int]:
    """Whole seconds of all channels that were transcribed; a stereo file without ``multichannel`` is one, whatever the metadata counts."""
    duration = document.metadata.duration
    if not isinstance(duration, int | float) or not 0 <= duration <= WEEK_S:
        return {}
    return {SPEECH_SECONDS: math.ceil(duration * max(1, len(document.results.channels)))}


def _utterance(seq: int, utterance: _Utterance, *, several: bool) -> Utterance:
    return Utterance(
        seq=seq,
        speaker=utterance.channel if several else utterance.speaker or 0,
        text=_storable(utterance.transcript),
        start_ms=round(utterance.start * 1000),
        end_ms=round(utterance.end * 1000),
        confidence=utterance.confidence,
        channel=utterance.channel,
    )


def _from_words(channels: Sequence[_Channel]) -> Iterator[_Utterance]:
    for number, channel in enumerate(channels):
        words = channel.alternatives[0].words if channel.alternatives else []
        for stretch in _stretches(words):
            confidences = [word.confidence for word in stretch if word.confidence is not None]
            yield _Utterance(
                transcript=" ".join(word.punctuated_word or word.word for word in stretch),
                start=stretch[0].start,
                end=stretch[-1].end,
                confidence=sum(confidences) / len(confidences) if confidences else None,
                channel=number,
                speaker=stretch[0].speaker,
            )


def _stretches(words: Sequence[_Word]) -> Iterator[Sequence[_Word]]:
    first = 0
    for position, (before, after) in enumerate(pairwise(words), start=1):
        if after.speaker != before.speaker or after.start - before.end > UTTERANCE_GAP_S:
            yield words[first:position]
            first = position
    if words:
        yield words[first:]


def words(body: bytes) -> tuple[Word, ...]:
    """Every word of a document with its times in ms, by channel. Raises PermanentError if the document is not of the known shape."""
    document = _read(body)
    heard = ((number, channel.alternatives[0].words) for number, channel in enumerate(document.results.channels) if channel.alternatives)
    return tuple(
        Word(_storable(word.punctuated_word or word.word), round(word.start * 1000), round(word.end * 1000), word.confidence, number)
        for number, spoken in heard
        for word in spoken
    )


def _storable(text: str) -> str:
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
