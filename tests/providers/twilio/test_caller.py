"""What is asked of Twilio in a live call: our words and the next turn, or its end."""

import pytest

from domain.chain import EffectKind
from domain.errors import CallOverError, NoAnswerError, PermanentError, StepError
from domain.runs import Effect, LiveTurn, Sighting
from domain.telephony import call_flow, twiml
from providers import registry
from providers.twilio.caller import LIMIT_S as OF_A_CALL
from providers.twilio.caller import TwilioCaller
from tests.support.effects import WORDS, effect
from tests.support.recorded_server import RecordedServer
from tests.support.twilio_api import CALL, LIMIT_S, RESOURCES, as_json, error, settings

PUBLIC = "https://hookline.example"
IN_PROGRESS = {"sid": CALL, "status": "in-progress"}


def caller(url: str) -> TwilioCaller:
    return TwilioCaller(settings(url), PUBLIC, LIMIT_S)


def reply(**more: object) -> Effect:
    return effect(EffectKind.CALL_UPDATE, **more)


def refused(api: RecordedServer, asked: Effect) -> StepError:
    with pytest.raises(StepError) as raised:
        caller(api.url).send(asked)
    return raised.value


def test_a_reply_is_said_and_the_next_turn_listened_to(api: RecordedServer) -> None:
    api.will(as_json(IN_PROGRESS))
    assert caller(api.url).send(reply()) == CALL
    [request] = api.asked
    assert (request.method, request.target) == ("POST", f"{RESOURCES}/Calls/{CALL}.json")
    expected = twiml.render(call_flow.replied(WORDS, 1, "en-GB", None, reply().id), PUBLIC)
    assert request.form == {"Twiml": [expected]}
    assert f"{PUBLIC}/webhooks/twilio/gather?turn=2&amp;silent=0&amp;reply={reply().id}#" in expected


def test_who_takes_over_is_called_after_the_words(api: RecordedServer) -> None:
    api.will(as_json(IN_PROGRESS))
    caller(api.url).send(reply(answers=LiveTurn(1, "en-GB", "+15005550122")))
    assert ">+15005550122</Dial>" in api.asked[0].form["Twiml"][0]


def test_what_answers_nothing_ends_the_call(api: RecordedServer) -> None:
    api.will(as_json(IN_PROGRESS))
    assert caller(api.url).send(reply(answers=None, body="")) == CALL
    assert api.asked[0].form == {"Status": ["completed"]}


def test_a_call_that_is_over_cannot_be_told_anything(api: RecordedServer) -> None:
    api.will(error(400, 21220))
    raised = refused(api, reply())
    assert (type(raised), raised.code) == (CallOverError, "twilio:call_not_in_progress")


def test_an_answer_that_does_not_come_may_have_been_heard(api: RecordedServer) -> None:
    api.will(as_json([]))
    assert type(refused(api, reply())) is NoAnswerError


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("+15005550199", WORDS, "twilio:bad_sid"),
        (f"{CALL}/../x", WORDS, "twilio:bad_sid"),
        (CALL, "x" * 4_001, "twilio:twiml_too_long"),
    ],
)
def test_what_is_no_call_update_is_not_asked_for(api: RecordedServer, target: str, body: str, code: str) -> None:
    raised = refused(api, reply(target=target, body=body))
    assert (type(raised), raised.code) == (PermanentError, code)
    assert api.asked == []


def test_a_call_cannot_be_asked_what_it_was_told(api: RecordedServer) -> None:
    assert caller(api.url).find(reply()) == Sighting(None, conclusive=False)
    assert api.asked == []


def test_a_live_call_is_talked_into_whatever_is_said_of_messages() -> None:
    """The tests' settings send no SMS."""
    assert isinstance(registry.messenger(reply()), TwilioCaller)
    assert registry.messenger(effect()).name == "local"


def test_nobody_holds_a_caller_for_as_long_as_a_message_may_take() -> None:
    assert OF_A_CALL < 10 < call_flow.WAITS * call_flow.PAUSE_S
