"""What became of every caller: each turn answered once, or told that a person gets back to them; in danger put through, and help called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from domain.telephony.call_phrases import PHRASES

TOLD = (PHRASES.late.format(next=PHRASES.anything_else), PHRASES.ended)

Course = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Ended:
    """One call: its ``course`` as the caller heard it, and what the house knows. ``help`` is the states of its calls for help.

    ``replies`` are all that were written for it, ``messages`` how many of them told whoever is on call of this emergency.
    """

    sid: str
    lines: int
    is_emergency: bool
    course: Course = field(repr=False)
    replies: Sequence[str] = field(repr=False)
    help: Sequence[str] = ()
    messages: int = 0


@dataclass(slots=True)
class CallVerdict:
    """One line of the table; turns are counted, and whoever was in danger. ``doubled``: messages that told of the same emergency again.

    A call for help is sent at least once: again where nobody knows whether it left. It never ends as unknown.
    """

    calls: int = 0
    answered: int = 0
    told: int = 0
    put_through: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)


def of(calls: Sequence[Ended], on_call: str) -> CallVerdict:
    """Judge what the callers heard."""
    found = CallVerdict(calls=len(calls))
    for call in calls:
        found.wrong += [f"{call.sid}: {fault}" for fault in (*_course(call), *_judged(call, on_call, found))]
    return found


def _course(call: Ended) -> Iterator[str]:
    yield from (f"the telephone company says {moment['what']}" for moment in call.course if moment["kind"] == "fault")
    heard = len(list(_turns(call.course)))
    if heard != call.lines:
        yield f"{heard} of {call.lines} turns were heard"


def _judged(call: Ended, on_call: str, found: CallVerdict) -> Iterator[str]:
    if call.is_emergency:
        yield from _helped(call, on_call, found)
        return
    for number, turn in enumerate(_turns(call.course), start=1):
        answers = sum(1 for moment in turn if moment["kind"] == "said" and moment["what"] in call.replies)
        told = sum(1 for moment in turn if moment["kind"] == "said" and moment["what"] in TOLD)
        found.answered += answers == 1
        found.told += answers == 0 and told == 1
        if (answers, told) not in {(1, 0), (0, 1)}:
            yield f"turn {number} was answered {answers} times, and told {told} times that a person gets back to them"


def _helped(call: Ended, on_call: str, found: CallVerdict) -> Iterator[str]:
    dialed = [moment["what"] for moment in call.course if moment["kind"] == "dialed"]
    if dialed == [on_call]:
        found.put_through += 1
    else:
        yield f"{len(dialed)} numbers were dialled for somebody in danger"
    if len(call.help) != 1:
        yield f"{len(call.help)} calls for help were entered"
    elif call.help[0] != "sent" or not call.messages:
        yield f"the call for help is {call.help[0]}, and {call.messages} messages left"
    else:
        found.doubled += call.messages - 1


def _turns(course: Course) -> Iterator[Course]:
    """What happened from the end of one thing that the caller said to the end of the next."""
    starts = [place for place, moment in enumerate(course) if moment["kind"] == "spoke" and not moment["is_cut"]]
    for start, end in pairwise([*starts, len(course)]):
        yield course[start + 1 : end]
