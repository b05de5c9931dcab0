"""A whole life: a call rings, is recorded, fetched, transcribed by callback, understood and answered by SMS; the twin plays the vendors."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scripts.demo import calls, follow, story, verdict
from scripts.stack import console, interruption
from scripts.stack.card import Card
from scripts.twin.client import TwinClient
from scripts.twin.journal import Entry

TIMEOUT_S = 60.0
POLL_S = 0.1
WISHES = {
    "answers_calls_by_sms": True,
    "intake": {
        "type": "object",
        "properties": {
            "full_name": {"type": "string"},
            "color": {"type": "string", "enum": ["black", "blue", "red"]},
            "delivery": {"type": "string", "enum": ["express", "pickup"]},
        },
    },
}
SHOWN = ("CallStatus", "MessageStatus", "schema")
Transcript = Mapping[str, Any]


def play(card: Card) -> list[str]:
    """Let it happen and tell it; what is wrong with it, in words. Raises StackError if the API or the twin does not answer.

    The organization must have the settings of ``WISHES``.
    """
    console.say()
    console.say("A phone order rings in and is recorded (45 s, by Google LLC, Apache 2.0; demo/recordings/ATTRIBUTION.md).")
    console.say("Twilio, Deepgram and OpenAI are a twin on this machine, asked by their official SDKs over real sockets:")
    twin = TwinClient(card.twin_url)
    before = max((entry.number for entry in twin.log()), default=0)
    played = twin.play_call(card.public_base_url, account=card.twilio_account_sid, recording=calls.ORDER)
    call = calls.recorded(played.recording_sid or "")
    transcript = _until_delivered(call, card)
    log = [entry for entry in twin.log() if entry.number > before]
    _tell_log(log)
    faults = [*verdict.faults(call, transcript or None), *_faults(transcript, log)]
    story.tell_life(call, transcript, faults)
    return faults


def _until_delivered(call: calls.Call, card: Card) -> Transcript:
    seen: dict[str, Transcript] = {}
    begin = time.monotonic()
    with follow.authorized(card) as session:
        while time.monotonic() - begin < TIMEOUT_S:
            found = follow.look(session, card, call.ref, seen)
            if follow.is_finished(found) and (found["processing_status"] == "failed" or _delivered(found)):
                break
            console.working(f"the call is on its way, {time.monotonic() - begin:.0f} s")
            interruption.pause(POLL_S)
    return seen.get(call.ref, {})


def _delivered(transcript: Transcript) -> list[Mapping[str, Any]]:
    return [effect for effect in transcript.get("effects", []) if effect["kind"] == "sms" and effect["delivery"] == "delivered"]


def _faults(transcript: Transcript, log: Sequence[Entry]) -> list[str]:
    paid = [entry.operation for entry in log if entry.direction == "in" and entry.paid]
    faults = [f"{name} happened {paid.count(name)} times" for name in ("listen", "message.create") if paid.count(name) != 1]
    return faults if len(_delivered(transcript)) == 1 else [*faults, "the reply was not delivered by SMS"]


def _tell_log(log: Sequence[Entry]) -> None:
    begin = datetime.fromisoformat(log[0].at) if log else None
    for entry in log:
        at_s = (datetime.fromisoformat(entry.at) - begin).total_seconds() if begin else 0.0
        who = f"{entry.vendor} calls us" if entry.direction == "out" else f"we ask {entry.vendor}"
        about = " ".join(entry.about[name] for name in SHOWN if name in entry.about)
        took = f"{entry.status} in {entry.took_ms:.0f} ms" if entry.took_ms is not None else "no answer"
        console.say(f"  {at_s:5.1f} s  {who:<18} {entry.operation.removeprefix('webhook.'):<18} {about:<14} {took}")
