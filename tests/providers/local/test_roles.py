"""The offline reader of roles with the weights that are shipped: swapped numbers swap the verdict, whatever was said."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ports import RoleReader
from domain.speech import Role, RoleVerdict, Utterance
from domain.understanding import roles
from providers.deepgram import mapping
from providers.local import turns
from providers.local.roles import LocalRoles

CALLS = sorted(path for path in (Path(__file__).parents[3] / "demo" / "calls").glob("*.json") if not path.name.endswith(".label.json"))

ANYTHING = st.text(max_size=40) | st.sampled_from(["how can i help you", "i need a table"])

reader: RoleReader = LocalRoles()


def _verdict(said: tuple[Utterance, ...]) -> RoleVerdict:
    return roles.weigh(said, [reader.read(said)])


def _said(*lines: tuple[int, str]) -> tuple[Utterance, ...]:
    return tuple(Utterance(seq, speaker, text, 0, 0) for seq, (speaker, text) in enumerate(lines))


def _heard(path: Path) -> list[tuple[int, str]]:
    return [(said.speaker, said.text) for said in mapping.transcription(path.read_bytes()).utterances]


def _swapped(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(1 - speaker, text) for speaker, text in lines]


def _assert_flips(lines: list[tuple[int, str]]) -> None:
    straight, swapped = _verdict(_said(*lines)), _verdict(_said(*_swapped(lines)))
    assert {1 - speaker: role for speaker, role in straight.roles.items()} == swapped.roles
    assert straight.confidence == swapped.confidence, "to the last digit"


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_swapped_numbers_swap_the_verdict_of_real_calls_however_badly_heard(path: Path) -> None:
    lines, dice = _heard(path), random.Random(7)  # noqa: S311 - the same noise on every run, no secret
    for length in (1, 2, 3, 4, 6, len(lines)):
        _assert_flips(lines[:length])
    for _ in range(20):
        _assert_flips([(1 - speaker if dice.random() < 0.3 else speaker, text) for speaker, text in lines])


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.text(max_size=40) | st.sampled_from(["how can i help you", "i need a table"])), max_size=12)
)
def test_swapped_numbers_swap_the_verdict_of_anything(lines: list[tuple[int, str]]) -> None:
    _assert_flips(lines)


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_four_turns_of_machine_text_are_enough(path: Path) -> None:
    truth = json.loads(path.with_name(f"{path.stem}.label.json").read_text(encoding="utf-8"))
    plain = [(speaker, " ".join(turns.words(text))) for speaker, text in _heard(path)[:4]]
    named = _verdict(_said(*plain)).roles
    assert {speaker: role for speaker, role in named.items() if (role is Role.AGENT) != (speaker == truth["agent_speaker"])} == {}


def test_who_greets_first_is_no_evidence() -> None:
    for lines in ([(0, "Hello?"), (1, "Hi!")], [(1, "Good morning"), (0, "hello hello")]):
        assert set(_verdict(_said(*lines)).roles.values()) == {Role.UNSURE}


def test_numbers_short_forms_and_marks_make_no_difference() -> None:
    assert turns.words("I'd like 2 tickets, at 7:30 pm!") == turns.words("i would like two tickets at seven thirty pm")
    assert turns.words("Hello, what's your name?") == ["what", "is", "your", "name"]


def test_a_skeleton_keeps_what_belongs_to_talk_itself() -> None:
    assert turns.skeleton(turns.words("Could you spell your last name?")) == ["^", "could", "you", "*", "your", "*", "name", "$"]
    assert turns.skeleton([]) == []


@pytest.mark.parametrize("text", ["x" * 100_000, "no " * 50_000])
def test_a_turn_without_end_is_cut(text: str) -> None:
    assert len(turns.words(text)) <= turns.MAX_WORDS
