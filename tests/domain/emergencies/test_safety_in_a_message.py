"""A text message is looked at for emergencies while its sender waits for the answer: quickly, and as the chain looks at it later."""

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.emergencies import safety, safety_phrases
from domain.emergencies.safety_phrases.fragments import Group
from domain.speech import Urgency, Utterance
from tests.domain.emergencies.safety_examples import DANGER, HARMLESS, HUMAN, PRESSING

GROUPS = {**safety_phrases.EMERGENCY, **safety_phrases.HIGH, **safety_phrases.HUMAN}
ORDINARY = "Hello, I would like to book an appointment for my daughter tomorrow. She can not come on Friday, and we need the car. "


def _emergencies(text: str) -> list[str]:
    return [found.rule for found in safety.find((Utterance(0, 0, text, 0, 0),)) if found.urgency is Urgency.EMERGENCY]


@pytest.mark.parametrize("text", [*DANGER, *HARMLESS, *PRESSING, *HUMAN, "", "..."])
def test_it_finds_what_the_chain_finds(text: str) -> None:
    found = _emergencies(text)
    assert safety.emergency(text) == (found[0] if found else None)
    long = f"{ORDINARY * 5}{text}. {ORDINARY}"
    assert (safety.emergency(long) is None) == (not _emergencies(long))


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
def test_every_way_to_say_it_has_one_of_the_stems_of_its_rule(group: Group) -> None:
    stems = group.stems.split("|")
    assert min(map(len, stems)) >= 3

    @settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(group.phrases).flatmap(lambda phrase: st.from_regex(re.compile(phrase, re.ASCII), fullmatch=True)))
    def has_one(said: str) -> None:
        assert any(stem in f" {said} " for stem in stems), said

    has_one()


def test_the_end_of_the_longest_message_is_looked_at() -> None:
    danger = "I can't breathe"
    longest = ORDINARY * 20
    assert safety.emergency(f"{longest[: safety.MESSAGE_CHARS - len(danger) - 2]}. {danger}") == "not_breathing"


def _ms(look: Callable[[], object]) -> float:
    """Of the process's own time, the least of many: a neighbour makes it more, nothing makes it less."""
    spent = []
    for _ in range(20):
        began = time.process_time()
        look()
        spent.append(time.process_time() - began)
    return min(spent) * 1_000


def test_what_a_message_costs_does_not_grow_with_what_is_sent() -> None:
    assert _ms(lambda: safety.emergency("x " * 128_000)) < 3 * _ms(lambda: safety.emergency("x " * 800))


HOSTILE = (
    *(
        "fire ",
        "my ",
        "a ",
        "can't stop ",
        "call an ",
        ".",
        ",",
        "'",
        "no chest pain ",
        "he has a gun permit ",
        "if you ",
        "is he has ",
        "take all of my ",
    ),
    *(
        "the movie about ",
        "call 911 if ",
        "trying to ",
        "s u i ",
        "aaaa bbbb cccc ",
        "aaa",
        "\N{FULLWIDTH LATIN SMALL LETTER A}",
        "e\N{COMBINING ACUTE ACCENT}",
    ),
    *("\N{ZERO WIDTH SPACE}", "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}", "9-", "a.", "no a, ", "no a, a or "),
)


@pytest.mark.parametrize("word", HOSTILE)
def test_time_grows_with_the_length_of_hostile_text_and_no_faster(word: str) -> None:
    """Words are chosen to send a pattern back and forth; ten times of them cost about ten times as much."""

    def cost(chars: int) -> float:
        text = (word * chars)[:chars]
        return min(_once(lambda: safety.find((Utterance(0, 0, text, 0, 0),))) for _ in range(2))

    assert cost(16_000) < 40 * cost(1_600) + 20


def _once(look: Callable[[], object]) -> float:
    began = time.process_time()
    look()
    return (time.process_time() - began) * 1_000


@pytest.mark.parametrize("word", ["fire ", "my ", "trying to ", "no chest pain ", "is he has ", "aaa", "ab"])
def test_a_hundred_thousand_characters_are_worked_off(word: str) -> None:
    """What a recording of hours may hold; seconds at most, where going back and forth would take days."""
    text = (word * 100_000)[:100_000]
    assert _once(lambda: safety.find((Utterance(0, 0, text, 0, 0),))) < 30_000
