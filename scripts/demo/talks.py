"""A live call of three turns, a thread of messages, and somebody in danger. The twin plays the callers and Twilio."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import requests

from scripts.demo import follow, talk_story, talk_verdict, verdict
from scripts.demo.calls import Call
from scripts.stack import console, interruption
from scripts.stack.card import Card
from scripts.stack.places import ROOT
from scripts.twin.client import TwinClient

FOLDER = ROOT / "demo" / "talks"
ON_CALL = "+15005550111"  # 555 numbers of the area code 500 are given to nobody
WISHES = {"on_call": ON_CALL}
UNLESS_TOLD = {"hours": "Monday to Saturday, 8:00 to 18:00"}
# callers and their telephones are so much faster than real ones; the house is not
SPEED = 4.0
TIMEOUT_S = 60.0
POLL_S = 0.1
TURN = "webhook.gather"
Document = Mapping[str, Any]
Found = TypeVar("Found")


def play(card: Card) -> dict[str, list[str]]:
    """Play all three and tell them; what is wrong with each, in words. Raises StackError if the API does not answer."""
    twin = TwinClient(card.twin_url)
    with _faster(twin), follow.authorized(card) as session:
        return {
            "the live call": _live_call(card, twin, session),
            "the thread": _thread(card, twin, session),
            "the call for help": _call_for_help(card, twin, session),
        }


def _live_call(card: Card, twin: TwinClient, session: requests.Session) -> list[str]:
    console.say()
    console.say(f"Somebody calls and talks with us for three turns; the clock of their telephone runs {SPEED:g} times as fast:")
    script = _script("live_call")
    call = _called(card, twin, script)
    known = _until(
        lambda: _answered(follow.fetch_call(session, card, call["sid"]), len(script["lines"])), "our replies are being written down"
    )
    faults = talk_verdict.of_call(script, call, known)
    talk_story.tell_call("the live call", call, faults, talk_story.handed_over(call, len(script["lines"])))
    return faults


def _call_for_help(card: Card, twin: TwinClient, session: requests.Session) -> list[str]:
    console.say()
    console.say(f"Somebody calls for help. {ON_CALL} is on call:")
    script, before = _script("call_for_help"), _sent(twin, ON_CALL)
    call = _called(card, twin, script)
    known = _until(lambda: _escalated(follow.fetch_call(session, card, call["sid"])), "the call for help is being written down")
    told = _until(lambda: _new(twin, ON_CALL, before) or None, "who is on call is being written to")
    faults = talk_verdict.of_call_for_help(script, call, known, told or [], ON_CALL)
    took_ms = next((entry.took_ms or 0.0 for entry in twin.log(operation=TURN) if entry.about["CallSid"] == call["sid"]), 0.0)
    praise = f"we answered what was said within {took_ms:.0f} ms, and had {ON_CALL} dialled; a message went there too"
    talk_story.tell_call("the call for help", call, faults, praise)
    return faults


def _thread(card: Card, twin: TwinClient, session: requests.Session) -> list[str]:
    console.say()
    console.say("Somebody writes three messages, each after the answer to the one before:")
    script = _script("thread")
    before = _sent(twin, script["from"])
    sids = twin.play_thread(card.public_base_url, account=card.twilio_account_sid, **script)
    written = [Call(f"message {place}", sid, {}) for place, sid in enumerate(sids, start=1)]
    seen: dict[str, Document] = {}

    def finished() -> bool | None:
        done = all(follow.is_finished(follow.look(session, card, one.ref, seen)) for one in written)
        return (done and len(_delivered(_new(twin, script["from"], before))) == len(written)) or None

    _until(finished, "the thread goes on")
    answers = _delivered(_new(twin, script["from"], before))
    faults = [f"{one.title}: {fault}" for one in written for fault in verdict.faults(one, seen.get(one.ref))]
    faults += talk_verdict.of_thread(script["texts"], answers)
    talk_story.tell_thread(script["texts"], [str(answer["body"]) for answer in answers], faults)
    return faults


def _script(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return told


def _called(card: Card, twin: TwinClient, script: Document) -> Document:
    """The call when it is over, or as far as it has come."""
    sid = twin.play_live_call(card.public_base_url, account=card.twilio_account_sid, **script)
    return _until(lambda: _over(twin.call(sid)), "somebody is on the line") or twin.call(sid)


def _over(call: Document) -> Document | None:
    return call if call["ended"] else None


def _answered(call: Document, turns: int) -> Document | None:
    said = [turn for turn in call.get("turns", []) if turn["agent"]]
    return call if len(said) >= turns else None


def _escalated(call: Document) -> Document | None:
    return call if call.get("escalated") else None


def _sent(twin: TwinClient, number: str) -> set[str]:
    return {message["sid"] for message in twin.messages("outbound-api") if message["to"] == number}


def _new(twin: TwinClient, number: str, before: set[str]) -> list[Document]:
    """What was sent there since, the oldest first."""
    return [each for each in reversed(twin.messages("outbound-api")) if each["to"] == number and each["sid"] not in before]


def _delivered(messages: Sequence[Document]) -> list[Document]:
    return [message for message in messages if message["status"] == "delivered"]


def _until(look: Callable[[], Found | None], what: str) -> Found | None:
    """What is there as soon as there is something, None after TIMEOUT_S."""
    begin = time.monotonic()
    while (found := look()) is None and time.monotonic() - begin < TIMEOUT_S:
        console.working(f"{what}, {time.monotonic() - begin:.0f} s")
        interruption.pause(POLL_S)
    return found


@contextmanager
def _faster(twin: TwinClient) -> Iterator[None]:
    twin.speed(SPEED)
    try:
        yield
    finally:
        twin.speed(1.0)
