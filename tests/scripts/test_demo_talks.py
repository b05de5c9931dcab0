"""The demo's talks: what is right has no fault, what is wrong is named, and all of it is told."""

import json
from typing import Any

import pytest

from domain.telephony import call_phrases
from scripts.demo import talk_story, talk_verdict, talks
from scripts.twin.twilio.caller import script as lines_of
from scripts.twin.twilio.plays import CALLED

SCRIPT: dict[str, Any] = {"lines": [{"says": "Are you open?"}, {"says": "Goodbye."}]}
KNOWN = {"turns": [{"user": "Are you open?", "agent": "We are."}, {"user": "Goodbye.", "agent": "Bye."}]}
DANGER: dict[str, Any] = {"lines": [{"says": "Help!"}]}
TOLD = [{"body": "an emergency"}]


def _moment(kind: str, what: str = "", *, is_cut: bool = False) -> dict[str, Any]:
    return {"at_s": 1.0, "kind": kind, "what": what, "is_cut": is_cut}


def _call(*course: dict[str, Any], ended: str | None = "now") -> dict[str, Any]:
    return {"sid": "CA1", "status": "completed", "ended": ended, "course": list(course), "twiml": ["<Response/>"]}


def _talk() -> list[dict[str, Any]]:
    said = [("said", "Hello."), ("spoke", "Are you open?"), ("said", "We are."), ("spoke", "Goodbye."), ("said", "Bye.")]
    return [*(_moment(kind, what) for kind, what in said), _moment("hung up", "caller")]


def _help() -> list[dict[str, Any]]:
    asked = _moment("said", f"{talk_verdict.STILL_THERE}, hang up and call 9 1 1. I am listening.")
    return [_moment("spoke", "Help!"), _moment("dialed", talks.ON_CALL), _moment("connected"), asked, _moment("hung up", "caller")]


@pytest.mark.parametrize(("name", "count"), [("live_call", 3), ("call_for_help", 1)])
def test_the_scripts_that_ship_can_be_played(name: str, count: int) -> None:
    script = json.loads((talks.FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert (len(lines_of(script["lines"])), script["to"]) == (count, CALLED)


def test_a_talk_that_went_well_has_no_fault() -> None:
    assert talk_verdict.of_call(SCRIPT, _call(*_talk()), KNOWN) == []


@pytest.mark.parametrize(
    ("course", "known", "why"),
    [
        ([*_talk()[:4], _moment("hung up", "caller")], KNOWN, "to be said 1 times, and was said 0 times: Bye."),
        ([*_talk()[:3], _moment("said", "We are."), *_talk()[3:]], KNOWN, "was said 2 times: We are."),
        ([*_talk()[:5], _moment("hung up", "twilio")], KNOWN, "ended by twilio"),
        ([_moment("fault", "12200 bad"), *_talk()], KNOWN, "Twilio says 12200 bad"),
        (_talk(), None, "does not have a reply to each turn"),
        (_talk(), {"turns": KNOWN["turns"][:1]}, "the API has 1 turns"),
        ([*_talk()[:3], _moment("spoke", "Goodbye.", is_cut=True), *_talk()[4:]], KNOWN, "heard 1 times"),
    ],
)
def test_a_talk_that_went_wrong_is_named(course: list[dict[str, Any]], known: dict[str, Any] | None, why: str) -> None:
    [fault] = talk_verdict.of_call(SCRIPT, _call(*course), known)
    assert why in fault


def test_a_call_that_goes_on_is_a_fault() -> None:
    [fault] = talk_verdict.of_call(SCRIPT, _call(*_talk()[:5], ended=None), KNOWN)
    assert "not over" in fault


def test_a_call_for_help_that_was_put_through_has_no_fault() -> None:
    assert talk_verdict.of_call_for_help(DANGER, _call(*_help()), {"escalated": True}, TOLD, talks.ON_CALL) == []


@pytest.mark.parametrize(
    ("without", "known", "told", "why"),
    [
        ("dialed", {"escalated": True}, TOLD, "dialled was nobody"),
        ("connected", {"escalated": True}, TOLD, "connected to nobody"),
        ("said", {"escalated": True}, TOLD, "nobody listened on"),
        ("", None, TOLD, "does not say that it was escalated"),
        ("", {"escalated": True}, [], "got 0 messages"),
        ("", {"escalated": True}, [*TOLD, *TOLD], "got 2 messages"),
    ],
)
def test_a_call_for_help_that_was_lost_is_named(without: str, known: dict[str, Any] | None, told: list[dict[str, str]], why: str) -> None:
    course = [moment for moment in _help() if moment["kind"] != without]
    [fault] = talk_verdict.of_call_for_help(DANGER, _call(*course), known, told, talks.ON_CALL)
    assert why in fault


def test_what_a_caller_in_danger_hears_last_is_what_the_house_says() -> None:
    assert call_phrases.PHRASES.still_in_danger.startswith(talk_verdict.STILL_THERE)


def test_a_message_without_an_answer_is_a_fault() -> None:
    assert talk_verdict.of_thread(["one", "two"], [{"body": "first"}, {"body": "second"}]) == []
    assert talk_verdict.of_thread(["one", "two"], [{"body": "first"}]) == ["2 messages got 1 answers"]


def test_a_call_is_told_moment_by_moment(capsys: pytest.CaptureFixture[str]) -> None:
    call = _call(_moment("said", "One moment, please.", is_cut=True), _moment("dialed", talks.ON_CALL), _moment("hung up", "twilio"))
    talk_story.tell_call("the call for help", call, [], "it was put through")
    told = capsys.readouterr().out
    for words in ("One moment, please.  (cut off)", f"dials {talks.ON_CALL}", "Twilio  hangs up", "as it should be: it was put through"):
        assert words in told


def test_what_is_wrong_is_told_instead_of_praise(capsys: pytest.CaptureFixture[str]) -> None:
    talk_story.tell_thread(["one", "two"], ["first"], ["2 messages got 1 answers"])
    told = capsys.readouterr().out
    assert "2 messages got 1 answers" in told
    assert "as it should be" not in told


@pytest.mark.parametrize(("pushed", "words"), [(0, "when the call asked for it"), (1, "1 of 2 pushed"), (2, "2 of 2 pushed")])
def test_how_replies_came_into_the_call_is_told(pushed: int, words: str) -> None:
    assert words in talk_story.handed_over({"twiml": ["<Response/>"] * pushed}, 2)
