"""What every classifier promises the chain, whoever stands behind the port."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from domain.ports import Classifier
from domain.speech import OUT_OF_SCOPE, CallEvidence, Channel, Role, Understanding, Utterance
from domain.understanding.intents import INTENTS
from domain.vendors import Vendor
from tests.support import engines
from tests.support.openai import CALL, CLINIC, SMS, UNDERSTOOD, VOICE


@pytest.fixture(scope="module", params=engines.ENGINES)
def classifier(request: pytest.FixtureRequest) -> Iterator[Classifier]:
    """One after the other."""
    with engines.classifier(request.param, UNDERSTOOD) as found:
        yield found


def _assert_sound(found: Understanding, utterances: tuple[Utterance, ...]) -> None:
    assert set(found.verdict.roles) == {said.speaker for said in utterances}
    assert set(found.verdict.roles.values()) <= set(Role)
    assert 0 <= found.verdict.confidence <= 1
    assert found.intent.name in INTENTS
    assert 0 <= found.intent.confidence <= 1
    assert found.sentiment in {None, "positive", "neutral", "negative"}
    assert "\0" not in (found.summary or "")
    assert found.engine.provider
    assert found.engine.model
    assert {type(count) for count in found.engine.usage.values()} <= {int}
    assert min(found.engine.usage.values(), default=0) >= 0


def _said(*lines: tuple[int, str]) -> tuple[Utterance, ...]:
    return tuple(Utterance(seq, speaker, text, seq * 1_000, seq * 1_000 + 900) for seq, (speaker, text) in enumerate(lines))


def test_it_says_whom_it_asks(classifier: Classifier) -> None:
    assert classifier.vendor in {None, *Vendor}


def test_a_call_has_an_agent_a_customer_and_a_wish(classifier: Classifier) -> None:
    found = classifier.classify(CLINIC, CALL, VOICE)
    _assert_sound(found, CALL)
    assert found.verdict.roles == {0: Role.AGENT, 1: Role.CUSTOMER}
    assert found.intent.name == "book_appointment"


@pytest.mark.parametrize("speakers", [1, 3, 10])
def test_however_many_speak_each_has_a_role(classifier: Classifier, speakers: int) -> None:
    utterances = CALL + tuple(Utterance(10 + number, number, f"hello this is voice {number}", 9_000, 9_900) for number in range(speakers))
    alone = tuple(replace(said, speaker=4) for said in CALL)
    for heard in (utterances, alone):
        _assert_sound(classifier.classify(CLINIC, heard, VOICE), heard)


def test_a_message_is_the_customers(classifier: Classifier) -> None:
    message = _said((0, "I would like to book an appointment please"))
    found = classifier.classify(CLINIC, message, SMS)
    _assert_sound(found, message)
    assert found.verdict.roles == {0: Role.CUSTOMER}
    assert found.verdict.confidence == 1.0


@pytest.mark.parametrize(("agent_channel", "roles"), [(0, {0: Role.AGENT, 1: Role.CUSTOMER}), (1, {0: Role.CUSTOMER, 1: Role.AGENT})])
def test_the_channel_of_a_dual_recording_tells_who_is_who(classifier: Classifier, agent_channel: int, roles: dict[int, Role]) -> None:
    dual = tuple(replace(said, channel=said.speaker) for said in CALL)
    assert classifier.classify(CLINIC, dual, CallEvidence(Channel.VOICE, "inbound", agent_channel)).verdict.roles == roles


def test_what_a_person_said_of_the_speakers_stands(classifier: Classifier) -> None:
    told = {0: Role.CUSTOMER, 1: Role.AGENT}
    found = classifier.classify(CLINIC, CALL, CallEvidence(Channel.VOICE, told=told))
    _assert_sound(found, CALL)
    assert (found.verdict.roles, found.verdict.confidence) == (told, 1.0)


@pytest.mark.parametrize("utterances", [(), _said((0, " "), (1, ""))], ids=["none", "blank"])
def test_silence_is_understood_as_nothing(classifier: Classifier, utterances: tuple[Utterance, ...]) -> None:
    found = classifier.classify(CLINIC, utterances, VOICE)
    _assert_sound(found, utterances)
    assert found.intent.name == OUT_OF_SCOPE
    assert set(found.verdict.roles.values()) <= {Role.UNSURE}


@pytest.mark.parametrize(
    "text",
    [
        "???",
        "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
        "\U0001f600\U0001f468\u200d\U0001f469",
        "a\0b",
        "0" * 10_000,
        '"}]}\\',
    ],
    ids=["marks", "right to left", "astral", "zero byte", "long", "quotes"],
)
def test_strange_words_are_no_failure(classifier: Classifier, text: str) -> None:
    utterances = _said((0, text), (1, text))
    _assert_sound(classifier.classify(CLINIC, utterances, VOICE), utterances)


def test_hours_of_talk_are_no_failure(classifier: Classifier) -> None:
    utterances = tuple(replace(CALL[number % 4], seq=number, start_ms=number * 1_000) for number in range(6_000))
    _assert_sound(classifier.classify(CLINIC, utterances, VOICE), utterances)
