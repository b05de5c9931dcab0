"""The offline classifier with the weights that are shipped, on calls it has never seen."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.organizations.organization import Organization
from domain.ports import Classifier
from domain.speech import OUT_OF_SCOPE, CallEvidence, Channel, Role, Understanding, Utterance
from providers.deepgram import mapping
from providers.local.classifier import LocalClassifier
from tests.support.timing import parsing_an_hour, work

DEMO_CALLS = sorted((Path(__file__).parents[3] / "demo" / "calls").glob("*.label.json"))
CLINIC = Organization(UUID(int=1), "clinic", "Elm Street Clinic", "always")
VOICE, SMS = CallEvidence(Channel.VOICE), CallEvidence(Channel.SMS)

classifier: Classifier = LocalClassifier()

CALL = (
    (0, "thank you for calling the clinic how can i help you today"),
    (1, "hi i'd like to make an appointment with the doctor please"),
    (0, "sure what day would you like to come in"),
    (1, "tomorrow morning if you have anything"),
    (0, "i have booked you for nine is there anything else i can help you with"),
)


def _understood(lines: tuple[tuple[int, str], ...], evidence: CallEvidence = VOICE) -> Understanding:
    return classifier.classify(CLINIC, tuple(Utterance(seq, speaker, text, 0, 0) for seq, (speaker, text) in enumerate(lines)), evidence)


@pytest.mark.parametrize("label", DEMO_CALLS, ids=lambda path: path.name.removesuffix(".label.json"))
def test_the_demo_calls_have_their_labels_roles(label: Path) -> None:
    truth = json.loads(label.read_text(encoding="utf-8"))
    said = mapping.transcription(label.with_name(label.name.replace(".label", "")).read_bytes()).utterances
    verdict = classifier.classify(CLINIC, said, VOICE).verdict
    assert verdict.roles == {truth["agent_speaker"]: Role.AGENT, truth["customer_speaker"]: Role.CUSTOMER}
    assert verdict.confidence > 0.9


def test_the_demo_calls_are_there() -> None:
    assert len(DEMO_CALLS) == 5


def test_roles_and_intent_of_a_call() -> None:
    found = _understood(CALL)
    assert found.verdict.roles == {0: Role.AGENT, 1: Role.CUSTOMER}
    assert found.intent.name == "book_appointment"
    assert found.engine.provider == "local"
    assert found.engine.model == "roles-turns-1+intents-ngram-1"


def test_who_speaks_first_changes_nothing() -> None:
    rotated = (*CALL[1:], CALL[0])
    assert _understood(rotated).verdict.roles == {0: Role.AGENT, 1: Role.CUSTOMER}


LINES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([*(text for _, text in CALL), "okay", "uh", "my name is ann", ""])), min_size=1
)


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_swapped_speaker_numbers_swap_the_roles(lines: list[tuple[int, str]]) -> None:
    verdict = _understood(tuple(lines)).verdict
    swapped = _understood(tuple((1 - speaker, text) for speaker, text in lines)).verdict
    assert dict(verdict.roles) == {1 - speaker: role for speaker, role in swapped.roles.items()}
    assert verdict.confidence == pytest.approx(swapped.confidence)


def test_the_same_words_from_both_are_unsure() -> None:
    assert set(_understood(((0, "okay thank you"), (1, "okay thank you"))).verdict.roles.values()) == {Role.UNSURE}


def test_of_three_voices_one_is_the_agent() -> None:
    found = _understood((*CALL, (2, "mom i want to go home")))
    assert found.verdict.roles == {0: Role.AGENT, 1: Role.CUSTOMER, 2: Role.CUSTOMER}


def test_silence_is_understood_as_nothing() -> None:
    found = _understood(())
    assert (found.verdict.roles, found.verdict.confidence, found.intent.name) == ({}, 0.0, OUT_OF_SCOPE)


@pytest.mark.parametrize("text", ["", "???", "\u0645\u0631\u062d\u0628\u0627", "\U0001f600", "0" * 10_000])
def test_strange_words_are_no_failure(text: str) -> None:
    assert _understood(((0, text), (1, text))).verdict.roles == {0: Role.UNSURE, 1: Role.UNSURE}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("What time do you open on Saturday?", "opening_hours"),
        ("I need to cancel my appointment tomorrow", "cancel_or_change_booking"),
        ("where is my package it was supposed to come monday", "order_status"),
        ("can I talk to a real person please", "speak_to_human"),
        ("your app keeps crashing on my phone", "technical_problem"),
        ("I lost my credit card", "replace_card"),
        ("how much money is in my checking account", "check_balance"),
        ("I want to pay my electric bill", "pay_bill"),
        ("please send two hundred dollars to my savings account", "transfer_money"),
        ("there is a charge that I did not make", "report_fraud"),
        ("hello", "greeting"),
        ("thanks, bye", "goodbye"),
        ("what is the tallest mountain in the world", OUT_OF_SCOPE),
        ("tell me a joke about penguins", OUT_OF_SCOPE),
    ],
)
def test_the_intent_of_a_text_message(text: str, intent: str) -> None:
    found = _understood(((0, text),), SMS)
    assert found.verdict.roles == {0: Role.CUSTOMER}
    assert found.intent.name == intent


def test_an_hour_of_talk_is_understood_without_much_more_work_than_parsing_it() -> None:
    assert work(lambda: _understood(CALL * 200), rounds=2) < 40 * parsing_an_hour()
