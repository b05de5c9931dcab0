"""Figures of a talk, from its timings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.speech import Role, RoleVerdict, Utterance
from domain.understanding import talk

VERDICT = RoleVerdict({0: Role.AGENT, 1: Role.CUSTOMER}, 0.9)


def _said(*lines: tuple[int, int, int, str]) -> tuple[Utterance, ...]:
    return tuple(Utterance(seq, speaker, text, start, end) for seq, (speaker, start, end, text) in enumerate(lines))


CALL = _said(
    (0, 1_000, 3_000, "thank you for calling"),
    (1, 3_100, 6_100, "hi i would like to book"),
    (0, 8_100, 9_100, "sure"),
)


def test_each_role_has_its_share_of_the_speech() -> None:
    found = talk.figures(CALL, VERDICT)
    assert (found["talk_ratio_agent"], found["talk_ratio_customer"]) == (0.5, 0.5)
    assert "talk_ratio_unsure" not in found


def test_who_is_not_known_has_a_share_of_their_own() -> None:
    found = talk.figures(CALL, RoleVerdict({0: Role.AGENT}, 0.9))
    assert found["talk_ratio_unsure"] == 0.5
    assert "talk_ratio_customer" not in found


def test_silence_is_what_lies_between_the_first_word_and_the_last() -> None:
    found = talk.figures(CALL, VERDICT)
    assert found["longest_silence_ms"] == 2_000
    assert found["silence_share"] == round(2_100 / 8_100, 4)


def test_nobody_is_silent_while_somebody_else_speaks() -> None:
    found = talk.figures(_said((0, 0, 10_000, "a long tale"), (1, 1_000, 1_200, "mhm"), (1, 10_000, 11_000, "i see")), VERDICT)
    assert (found["silence_share"], found["longest_silence_ms"]) == (0, 0)


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        (2_000 - talk.TOLERANCE_MS, 4_000, 0),
        (2_000 - talk.TOLERANCE_MS - 1, 4_000, 1),
        (1_000, 1_000 + talk.TOLERANCE_MS, 0),  # a short "mhm" cuts nobody off
        (2_500, 4_000, 0),
    ],
)
def test_to_begin_while_another_goes_on_is_to_interrupt(start: int, end: int, count: int) -> None:
    assert talk.figures(_said((0, 0, 2_000, "well you see"), (1, start, end, "no listen")), VERDICT)["interruptions"] == count


def test_nobody_interrupts_themself() -> None:
    assert talk.figures(_said((0, 0, 5_000, "so"), (0, 1_000, 3_000, "well")), VERDICT)["interruptions"] == 0


def test_turns_are_stretches_of_one_speaker() -> None:
    assert talk.figures((*CALL, Utterance(3, 0, "one moment", 9_200, 9_900)), VERDICT)["turns"] == 3


def test_pace_is_words_in_a_minute_of_speech() -> None:
    assert talk.figures(_said((0, 0, 30_000, "one two three")), VERDICT)["words_per_minute"] == 6


@pytest.mark.parametrize("lines", [(), ((1, 0, 0, "a message"),)], ids=["nothing", "a message"])
def test_what_was_not_timed_has_no_figures(lines: tuple[tuple[int, int, int, str], ...]) -> None:
    assert talk.figures(_said(*lines), VERDICT) == {}


def test_times_out_of_order_are_no_failure() -> None:
    assert talk.figures(tuple(reversed(CALL)), VERDICT) == talk.figures(CALL, VERDICT)


TIMES = st.tuples(st.integers(0, 3), st.integers(0, 20_000), st.integers(0, 5_000), st.just("words"))


@given(st.lists(TIMES, min_size=1))
def test_shares_are_shares(lines: list[tuple[int, int, int, str]]) -> None:
    found = talk.figures(_said(*((speaker, start, start + length, text) for speaker, start, length, text in lines)), VERDICT)
    if found:
        assert sum(value for name, value in found.items() if name.startswith("talk_ratio")) == pytest.approx(1, abs=0.001)
        assert 0 <= found["silence_share"] <= 1
        assert 0 <= found["interruptions"] < len(lines)
