"""What is sent: a Twilio form of 1 KB, and Deepgram documents of three lengths, made of the recorded calls of the demonstration."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from scripts.stack.places import ROOT

CALLS = ROOT / "demo" / "calls"
# each body is somebody else's: the generator writes a number of its own here
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Size:
    """One kind of webhook. ``name`` is how the table calls it, ``connections`` how many send at once in the closed loop."""

    name: str
    bytes: int
    connections: int = 8


FORM = Size("1 KB form", 1_000)
CALL = Size("43 KB", 43_000)
LONG_CALL = Size("216 KB", 216_000)
HOUR = Size("3.35 MB", 3_350_000, connections=4)
DOCUMENTS = (CALL, LONG_CALL, HOUR)


@cache
def document(size: Size) -> bytes:
    """A callback as Deepgram sends it, with words and utterances, of about so many bytes."""
    utterances: list[dict[str, Any]] = []
    written = 0
    for utterance in _said():
        if written >= size.bytes:
            break
        utterances.append(utterance)
        # its words stand in the document twice: in the utterance, and among all words of the channel
        written += len(orjson.dumps(utterance)) + len(orjson.dumps(utterance["words"]))
    words = [word for utterance in utterances for word in utterance["words"]]
    alternative = {"transcript": " ".join(word["punctuated_word"] for word in words), "confidence": 0.98, "words": words}
    metadata = {"request_id": REQUEST_ID, "duration": utterances[-1]["end"], "channels": 1}
    return orjson.dumps({"metadata": metadata, "results": {"channels": [{"alternatives": [alternative]}], "utterances": utterances}})


def numbered(requests: Sequence[bytes]) -> Callable[[int], bytes]:
    """What is sent as the n-th: each is new to the server."""
    if len(requests) > 1:
        return lambda number: requests[number]
    before, _, after = requests[0].partition(REQUEST_ID.encode())
    run = f"{time.time_ns() % 0xFFFF:04x}"
    return lambda number: b"%b00000000-0000-4000-%b-%012d%b" % (before, run.encode(), number, after) if after else before


def _said() -> Iterator[dict[str, Any]]:
    """The demonstration's calls one after the other, again and again, on one clock."""
    begins = 0.0
    for call in itertools.cycle(_calls()):
        at = begins
        for utterance in call["results"]["utterances"]:
            moved = _moved(utterance, at)
            begins = moved["end"] + PAUSE_S
            yield moved


def _moved(utterance: dict[str, Any], by_s: float) -> dict[str, Any]:
    words = [_shifted(word, by_s) for word in utterance["words"]]
    return {**_shifted(utterance, by_s), "words": words}


def _shifted(timed: dict[str, Any], by_s: float) -> dict[str, Any]:
    return {**timed, "start": round(timed["start"] + by_s, 3), "end": round(timed["end"] + by_s, 3)}


def _calls() -> list[dict[str, Any]]:
    return [orjson.loads(path.read_bytes()) for path in sorted(CALLS.glob("*.json")) if not path.name.endswith(".label.json")]
