"""Some turns are put on the wrong speaker, and people take turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.understanding import turn_taking

TURNS = st.lists(st.tuples(st.integers(0, 1), st.floats(-20, 20)), min_size=1, max_size=30)


def _difference(speakers: list[int], turns: list[float]) -> float:
    found = turn_taking.scores(speakers, turns)
    return found[0] - found[1]


def test_whose_turns_sound_like_the_agents_is_the_agent() -> None:
    assert _difference([0, 1, 0, 1], [2.0, -1.0, 0.5, -2.0]) > 1


def test_a_turn_on_the_wrong_speaker_is_outvoted() -> None:
    assert _difference([0, 1, 1, 1, 0, 1], [3.0, -3.0, 3.0, -3.0, 3.0, -3.0]) > 1


def test_no_single_turn_outweighs_the_rest() -> None:
    assert _difference([0, 1] * 6, [3.0, -3.0] * 5 + [-1e9, 1e9]) > 0


def test_a_turn_that_tells_nothing_is_told_by_its_neighbours() -> None:
    assert _difference([0, 1, 0, 1], [0.0, -3.0, 0.0, -3.0]) > 1


@pytest.mark.parametrize("sign", [1, -1])
def test_one_alone_is_compared_with_the_customer_they_may_be(sign: int) -> None:
    [(speaker, score)] = turn_taking.scores([4, 4, 4], [sign * 3.0] * 3).items()
    assert speaker == 4
    assert score * sign > 1


def test_nothing_said_has_no_scores() -> None:
    assert turn_taking.scores([], []) == {}


@given(TURNS)
def test_swapped_numbers_swap_the_scores_to_the_last_digit(turns: list[tuple[int, float]]) -> None:
    speakers, odds = [speaker for speaker, _ in turns], [score for _, score in turns]
    found = turn_taking.scores(speakers, odds)
    assert turn_taking.scores([1 - speaker for speaker in speakers], odds) == {1 - speaker: score for speaker, score in found.items()}


@given(TURNS)
def test_who_speaks_first_is_no_evidence(turns: list[tuple[int, float]]) -> None:
    speakers = [speaker for speaker, _ in turns]
    silent = turn_taking.scores(speakers, [0.0] * len(speakers))
    if len(silent) == 2:
        assert silent[0] == pytest.approx(silent[1])
