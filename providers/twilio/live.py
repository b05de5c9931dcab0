"""What Twilio wrote down while people talked → one talk (wire/twilio.md §2.7). Pure.

Events may come late, twice, or never. Their numbers are in order on each side of the line, not across: their times are.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import PermanentError
from domain.speech import OUR_CHANNEL, Utterance
from domain.telephony.twilio_voice import CONTENT
from providers.twilio.mapping import confidence, fields

# what comes in from the caller, and what goes out to them
_TRACKS = {"inbound_track": 0, "outbound_track": OUR_CHANNEL}


@dataclass(frozen=True, slots=True)
class Written:
    """What is there of a talk. ``missing``: events of lower numbers have not come, and may yet bring words."""

    utterances: tuple[Utterance, ...]
    missing: bool


@dataclass(frozen=True, slots=True)
class _Heard:
    number: int
    track: int
    at: datetime
    text: str = field(repr=False)
    confidence: float | None


def written(bodies: Iterable[bytes]) -> Written:
    """The words that stand, in the order in which they were said. Raises PermanentError if an event cannot be read."""
    events = [fields(body) for body in bodies]
    numbers = {_number(event) for event in events}
    said = [_heard(event) for event in events if event.get("TranscriptionEvent") == CONTENT and event.get("Final") == "true"]
    begin = min((_time(event) for event in events), default=None)
    # only forwards on each track: a clock that goes back between two words does not turn them round
    said = sorted(_monotonic(said), key=lambda heard: (heard.at, heard.track, heard.number))
    spoken = tuple(_utterance(seq, heard, begin or heard.at) for seq, heard in enumerate(said) if heard.text)
    return Written(spoken, missing=bool(numbers) and len(numbers) < max(numbers))


def _monotonic(said: list[_Heard]) -> list[_Heard]:
    last: dict[int, datetime] = {}
    found = []
    for heard in sorted(said, key=lambda heard: heard.number):
        at = max(heard.at, last.get(heard.track, heard.at))
        last[heard.track] = at
        found.append(_Heard(heard.number, heard.track, at, heard.text, heard.confidence))
    return found


def _heard(event: Mapping[str, str]) -> _Heard:
    try:
        told = json.loads(event.get("TranscriptionData", ""))
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise PermanentError("twilio:unreadable_payload")
    text = str(told.get("transcript") or "").replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
    return _Heard(_number(event), _TRACKS.get(event.get("Track", ""), 0), _time(event), text, confidence(told.get("confidence")))


def _number(event: Mapping[str, str]) -> int:
    return int(event.get("SequenceId", "0"))


def _time(event: Mapping[str, str]) -> datetime:
    try:
        return datetime.fromisoformat(event.get("Timestamp", ""))
    except ValueError:
        raise PermanentError("twilio:unreadable_payload") from None


def _utterance(seq: int, heard: _Heard, begin: datetime) -> Utterance:
    # Twilio says when it had heard all of it, not when that began
    at_ms = max(0, round((heard.at - begin).total_seconds() * 1_000))
    return Utterance(seq, heard.track, heard.text, at_ms, at_ms, heard.confidence, heard.track)
