"""The harness sees what a caller heard: nothing, the same twice, a promise besides an answer, and whoever was in danger left alone."""

from dataclasses import replace

import pytest

from benchmarks.faults import call_verdict
from benchmarks.faults.call_verdict import Ended
from domain.telephony.call_phrases import PHRASES

ON_CALL = "+15005550111"
REPLY = "We are open until noon."
Moment = dict[str, object]


def _moment(kind: str, what: str, *, is_cut: bool = False) -> Moment:
    return {"kind": kind, "what": what, "is_cut": is_cut}


ASKS, FILLER, ANSWER = _moment("spoke", "Are you open?"), _moment("said", PHRASES.filler), _moment("said", REPLY)
LATE, DIALED = _moment("said", PHRASES.late.format(next=PHRASES.anything_else)), _moment("dialed", ON_CALL)
FAULT = _moment("fault", "redirect: answered 500")
TALK = Ended("CA1", 1, is_emergency=False, course=[ASKS, FILLER, ANSWER], replies=[REPLY])
DANGER = Ended("CA2", 1, is_emergency=True, course=[ASKS, DIALED], replies=[], help=["sent"], messages=1)


@pytest.mark.parametrize("course", [[ASKS, FILLER, ANSWER], [ASKS, FILLER, LATE], [ASKS, _moment("said", REPLY, is_cut=True)]])
def test_a_turn_is_answered_once_or_told(course: list[Moment]) -> None:
    found = call_verdict.of([replace(TALK, course=course)], ON_CALL)
    assert found.wrong == []
    assert found.answered + found.told == 1


@pytest.mark.parametrize(
    "course",
    [[ASKS, FILLER], [ASKS, ANSWER, ANSWER], [ASKS, ANSWER, LATE], [ASKS, LATE, LATE], [ASKS, ANSWER, FAULT], [FILLER, ANSWER]],
    ids=["nothing", "twice", "answered and told", "told twice", "an apology of the telephone company", "not heard at all"],
)
def test_everything_else_is_wrong(course: list[Moment]) -> None:
    assert len(call_verdict.of([replace(TALK, course=course)], ON_CALL).wrong) == 1


def test_a_reply_to_one_turn_answers_no_other() -> None:
    course = [ASKS, ANSWER, ANSWER, ASKS, FILLER]
    assert len(call_verdict.of([replace(TALK, lines=2, course=course)], ON_CALL).wrong) == 2


def test_whoever_is_in_danger_is_put_through_and_help_is_called() -> None:
    found = call_verdict.of([DANGER], ON_CALL)
    assert (found.wrong, found.put_through) == ([], 1)


@pytest.mark.parametrize(
    "call",
    [
        replace(DANGER, course=[ASKS, FILLER]),
        replace(DANGER, course=[ASKS, DIALED, DIALED]),
        replace(DANGER, help=[]),
        replace(DANGER, help=["sent", "sent"]),
        replace(DANGER, messages=0),
        replace(DANGER, help=["unknown"], messages=1),
        replace(DANGER, help=["failed"], messages=0),
    ],
)
def test_whoever_is_in_danger_and_left_alone_is_told(call: Ended) -> None:
    assert len(call_verdict.of([call], ON_CALL).wrong) == 1


def test_a_call_for_help_that_was_sent_again_is_counted() -> None:
    found = call_verdict.of([DANGER, replace(DANGER, messages=2)], ON_CALL)
    assert (found.wrong, found.doubled) == ([], 1)
