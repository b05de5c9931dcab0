"""Compares how a talk went with how it should have gone."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]
# what a caller in danger hears when the talk with whoever was called is over (domain/telephony/call_phrases.py)
STILL_THERE = "If you still need help"


def of_call(script: Document, call: Document, known: Document | None) -> list[str]:
    """What is wrong with a live call in which each line should have got our reply, in words; empty when all is well."""
    return [*_course(script, call), *_replies(script, call, known), *_end(call, "caller")]


def of_call_for_help(script: Document, call: Document, known: Document | None, told: Sequence[Document], on_call: str) -> list[str]:
    """The same for one who should have been put through to whoever is on call, who should have been written to as well."""
    faults = [*_course(script, call), *_end(call, "caller")]
    dialed = [moment["what"] for moment in call["course"] if moment["kind"] == "dialed"]
    if dialed != [on_call]:
        faults.append(f"dialled was {', '.join(dialed) or 'nobody'}, on call is {on_call}")
    if "connected" not in _kinds(call):
        faults.append("the caller was connected to nobody")
    if not any(STILL_THERE in moment["what"] for moment in _after(call, "connected") if moment["kind"] == "said"):
        faults.append("nobody listened on when that talk was over: it may have been a voicemail")
    if not known:
        faults.append("the API does not say that it was escalated")
    if len(told) != 1:
        faults.append(f"whoever is on call got {len(told)} messages, not one")
    return faults


def of_thread(texts: Sequence[str], answers: Sequence[Document]) -> list[str]:
    """What is wrong with a thread in which each message should have got one answer."""
    return [] if len(answers) == len(texts) else [f"{len(texts)} messages got {len(answers)} answers"]


def _course(script: Document, call: Document) -> Iterator[str]:
    yield from (f"Twilio says {moment['what']}" for moment in call["course"] if moment["kind"] == "fault")
    heard = [moment["what"] for moment in call["course"] if moment["kind"] == "spoke" and not moment["is_cut"]]
    if heard != [line["says"] for line in script["lines"]]:
        yield f"the caller was heard {len(heard)} times, with {len(script['lines'])} things to say"


def _replies(script: Document, call: Document, known: Document | None) -> Iterator[str]:
    if known is None:
        yield "the API does not have a reply to each turn"
        return
    ours = Counter(str(turn["agent"]) for turn in known["turns"])
    if ours.total() != len(script["lines"]):
        yield f"the API has {ours.total()} turns, the caller had {len(script['lines'])}"
    said = Counter(str(moment["what"]) for moment in call["course"] if moment["kind"] == "said")
    yield from (
        f"a reply was to be said {times} times, and was said {said[words]} times: {words}"
        for words, times in ours.items()
        if said[words] != times
    )


def _end(call: Document, who: str) -> Iterator[str]:
    if call["ended"] is None:
        yield f"the call is not over, but {call['status']}"
    elif (ended_by := call["course"][-1]["what"]) != who:
        yield f"it was ended by {ended_by}, not by {who}"


def _after(call: Document, kind: str) -> Iterator[Document]:
    """What came after the last moment of this kind; all of it if there was none."""
    course = call["course"]
    last = max((place for place, moment in enumerate(course) if moment["kind"] == kind), default=-1)
    return iter(course[last + 1 :])


def _kinds(call: Document) -> set[str]:
    return {moment["kind"] for moment in call["course"]}
