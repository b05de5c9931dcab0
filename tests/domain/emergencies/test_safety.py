"""Emergencies are heard, harmless talk is not taken for one."""

import pytest

from benchmarks.quality import safety_cases
from domain.emergencies import safety
from domain.speech import SafetyFinding, Urgency, Utterance
from tests.domain.emergencies.safety_examples import DANGER, HARMLESS, HUMAN, PRESSING
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


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("he's gonna f***ing kill me", "violence"),
        ("he's been f**king shot", "violence"),
        ("i want to k*** myself", "self_harm"),
        ("I want to k!ll myself", "self_harm"),
        ("he r*ped me", "violence"),
        ("she's in labor and the baby's head is showing", "birth"),
        ("he's *not breathing*", "not_breathing"),
        ("he is not **breathing**", "not_breathing"),
    ],
)
def test_hidden_letters_hide_nothing(text: str, rule: str) -> None:
    assert rule in {finding.rule for finding in _found(text)}


@pytest.mark.parametrize("text", ["your d*mn hold music", "what the h*ll, my bill", "a f***ing disgrace!", "wow!great", "me@gun.example"])
def test_a_curse_alone_is_no_danger(text: str) -> None:
    assert Urgency.EMERGENCY not in _urgencies(text)


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


WRITTEN = safety_cases.read().values()


@pytest.mark.parametrize("text", [text for cases in WRITTEN for text in cases.danger])
def test_whoever_is_in_danger_is_heard(text: str) -> None:
    assert Urgency.EMERGENCY in _urgencies(text)


@pytest.mark.parametrize("text", [text for cases in WRITTEN for text in cases.harmless])
def test_what_only_sounds_like_danger_is_left_alone(text: str) -> None:
    assert Urgency.EMERGENCY not in _urgencies(text)


@pytest.mark.parametrize(
    ("phrase", "rule"),
    [("chest pain", "heart_or_stroke"), ("suicide", "self_harm"), ("not breathing", "not_breathing"), ("911", "emergency_services")],
)
def test_a_word_of_danger_alone_is_enough(phrase: str, rule: str) -> None:
    assert [finding.rule for finding in _found(phrase)] == [rule]


@pytest.mark.parametrize(
    "text",
    [
        "MY HUSBAND HAS CHEST PAIN",
        "my husband has chest-pain",
        "my husband has chesttt paaain",
        "my husband has c.h.e.s.t pain",
        "my husband has c h e s t pain",
        "my husband has ch\N{ZERO WIDTH SPACE}est pain",
        "my husband has \N{FULLWIDTH LATIN SMALL LETTER C}hest p\N{LATIN SMALL LETTER A WITH ACUTE}in",
        "my husband has \N{CYRILLIC SMALL LETTER ES}hest pain",
        "my husband has ch3st pa1n",
        "my husband has, um, chest\npain",
        "my husband has... chest pain",
        "My. Husband. Has. Chest. Pain.",
    ],
)
def test_how_it_is_written_changes_nothing(text: str) -> None:
    assert [finding.rule for finding in _found(text)] == ["heart_or_stroke"]


@pytest.mark.parametrize("said", ["nine one one", "nine nine nine", "9 1 1", "9-1-1", "9.1.1", "112"])
def test_numbers_for_help_are_heard_however_they_are_said(said: str) -> None:
    assert safety.emergency(f"please call {said}") == "emergency_services"


@pytest.mark.parametrize(
    ("text", "finds"),
    [
        ("Code Red in the lobby", True),
        ("code-red!", True),
        ("there is a CODE RED", True),
        ("no code red today", False),
        ("there is no code red", False),
        ("barcode reduced", False),
        ("code redder", False),
        ("No. Code red.", True),
    ],
)
def test_an_organizations_own_words_call_a_person(text: str, *, finds: bool) -> None:
    own = ("code red", "spill on deck")
    assert safety.emergency(text) is None
    assert safety.emergency(text, own) == (safety.ALARM_WORD if finds else None)
    found = safety.find((Utterance(0, 0, text, 0, 0),), own)
    assert found == ((SafetyFinding(safety.ALARM_WORD, Urgency.EMERGENCY, 0),) if finds else ())


def test_alarm_words_in_another_script_are_heard() -> None:
    assert safety.emergency("\N{DEVANAGARI LETTER MA}\N{DEVANAGARI LETTER DA} please", ["\N{DEVANAGARI LETTER MA}\N{DEVANAGARI LETTER DA}"])


def test_alarm_words_are_words_and_no_patterns() -> None:
    assert safety.emergency("anything at all", [".*", "(", "", "..."]) is None


def test_a_shared_rule_is_told_before_an_alarm_word() -> None:
    assert safety.emergency("code red my husband is not breathing", ["code red"]) == "not_breathing"


@pytest.mark.parametrize("text", HUMAN)
def test_whoever_asks_for_a_person_is_heard(text: str) -> None:
    assert safety.asks_for_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "i spoke to a representative yesterday",
        "my agent is on vacation",
        "i don't need a person for this",
        "is this for one person",
        "a table for four people please",
        "i want a manager position",
        "",
    ],
)
def test_speaking_of_people_is_not_asking_for_one(text: str) -> None:
    assert not safety.asks_for_person(text)
