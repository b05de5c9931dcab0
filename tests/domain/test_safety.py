"""Emergencies are heard, harmless talk is not taken for one."""

import pytest

from domain import safety
from domain.speech import SafetyFinding, Urgency, Utterance
from tests.domain.safety_examples import DANGER, HARMLESS, HUMAN, PRESSING
from tests.support.timing import parsing_an_hour, work


def _found(*texts: str) -> tuple[SafetyFinding, ...]:
    return safety.find(tuple(Utterance(seq, seq % 2, text, 0, 0) for seq, text in enumerate(texts)))


def _urgencies(text: str) -> set[Urgency]:
    return {finding.urgency for finding in _found(text)}


@pytest.mark.parametrize("text", DANGER)
def test_danger_is_an_emergency(text: str) -> None:
    assert Urgency.EMERGENCY in _urgencies(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_talk_is_not_an_emergency(text: str) -> None:
    assert Urgency.EMERGENCY not in _urgencies(text)


@pytest.mark.parametrize("text", PRESSING)
def test_what_cannot_wait_is_high_and_no_emergency(text: str) -> None:
    assert _urgencies(text) == {Urgency.HIGH}


@pytest.mark.parametrize("text", HUMAN)
def test_a_person_is_asked_for(text: str) -> None:
    assert "human_requested" in {finding.rule for finding in _found(text)}


@pytest.mark.parametrize("text", ["can you repeat that", "i spoke to my husband about it", "how many people can you seat", "", "..."])
def test_ordinary_talk_finds_nothing(text: str) -> None:
    assert _found(text) == ()


def test_the_finding_points_at_the_utterance_that_is_the_evidence() -> None:
    assert _found("hello", "how can i help", "my husband has stopped breathing") == (SafetyFinding("not_breathing", Urgency.EMERGENCY, 2),)


def test_words_of_any_speaker_count() -> None:
    texts = ("so you say your kitchen is on fire", "yes")
    assert [finding.seq for finding in _found(*texts)] == [0]
    assert [finding.seq for finding in _found(*reversed(texts))] == [1]


def test_case_and_punctuation_change_nothing() -> None:
    assert (
        _found("HE'S NOT BREATHING!!!") == _found("he\N{RIGHT SINGLE QUOTATION MARK}s not breathing") == _found("hes - he's not breathing")
    )


def test_a_denial_covers_its_own_sentence_only() -> None:
    assert _urgencies("No. My father can't breathe.") == {Urgency.EMERGENCY}
    assert _urgencies("Not for me. I have chest pains.") == {Urgency.EMERGENCY}


def test_each_rule_fires_once_per_utterance() -> None:
    assert len(_found("i can't breathe, i really can't breathe")) == 1


def test_an_utterance_costs_next_to_nothing() -> None:
    """About 0.05 ms: an hour's utterances cost about as much as parsing the document that they come in."""
    texts = (*DANGER, *HARMLESS, *PRESSING, *HUMAN) * 3
    assert len(texts) > 500
    assert work(lambda: _found(*texts)) < 10 * parsing_an_hour()
