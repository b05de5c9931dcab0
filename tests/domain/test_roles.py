"""Who is who: evidence before words, the most agent-like speaker, and an honest unsure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import roles
from domain.speech import CallEvidence, Channel, Role, Utterance

VOICE, SMS = CallEvidence(Channel.VOICE), CallEvidence(Channel.SMS)
DUAL = CallEvidence(Channel.VOICE, agent_channel=0)


def _said(*speakers_on_channels: tuple[int, int]) -> tuple[Utterance, ...]:
    return tuple(Utterance(seq, speaker, "hello", 0, 0, channel=channel) for seq, (speaker, channel) in enumerate(speakers_on_channels))


def test_who_texts_us_is_the_customer() -> None:
    verdict = roles.from_evidence(_said((0, 0)), SMS)
    assert verdict is not None
    assert (verdict.roles, verdict.confidence) == ({0: Role.CUSTOMER}, 1.0)


@pytest.mark.parametrize(("agent_channel", "agent", "customer"), [(0, 5, 7), (1, 7, 5)])
def test_in_a_dual_recording_the_channel_tells(agent_channel: int, agent: int, customer: int) -> None:
    verdict = roles.from_evidence(_said((5, 0), (7, 1), (5, 0)), CallEvidence(Channel.VOICE, agent_channel=agent_channel))
    assert verdict is not None
    assert (verdict.roles, verdict.confidence) == ({agent: Role.AGENT, customer: Role.CUSTOMER}, 1.0)


def test_a_customer_alone_on_a_dual_recording_is_the_customer() -> None:
    verdict = roles.from_evidence(_said((1, 1)), DUAL)
    assert verdict is not None
    assert verdict.roles == {1: Role.CUSTOMER}


@pytest.mark.parametrize("said", [_said((0, 0), (1, 0)), _said((0, 0), (0, 1), (1, 1))], ids=["one channel for two", "one speaker on two"])
def test_a_recording_that_is_not_dual_after_all_is_left_to_the_words(said: tuple[Utterance, ...]) -> None:
    assert roles.from_evidence(said, DUAL) is None


def test_words_decide_when_nothing_else_does() -> None:
    assert roles.from_evidence(_said((0, 0), (1, 0)), VOICE) is None


def test_silence_has_no_roles() -> None:
    verdict = roles.from_evidence((), VOICE)
    assert verdict is not None
    assert (verdict.roles, verdict.confidence) == ({}, 0.0)


def test_the_most_agent_like_of_several_is_the_agent() -> None:
    assert roles.from_scores({0: -1.0, 1: 2.0, 2: 0.5}).roles == {0: Role.CUSTOMER, 1: Role.AGENT, 2: Role.CUSTOMER}


def test_below_the_margin_nobody_is_named() -> None:
    verdict = roles.from_scores({0: 1.0, 1: 1.0 + roles.MARGIN / 2, 2: -3.0})
    assert set(verdict.roles.values()) == {Role.UNSURE}
    assert verdict.confidence < 0.6


@pytest.mark.parametrize(("score", "role"), [(2.0, Role.AGENT), (-2.0, Role.CUSTOMER), (0.5, Role.UNSURE), (-0.5, Role.UNSURE)])
def test_a_lone_voice_needs_clear_words(score: float, role: Role) -> None:
    assert roles.from_scores({3: score}).roles == {3: role}


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_swapped_scores_swap_the_roles(one: float, other: float) -> None:
    verdict, swapped = roles.from_scores({0: one, 1: other}), roles.from_scores({1: one, 0: other})
    assert dict(verdict.roles) == {0: swapped.roles[1], 1: swapped.roles[0]}
    assert verdict.confidence == swapped.confidence
    assert 0 <= verdict.confidence <= 1


@given(st.dictionaries(st.integers(0, 9), st.floats(-1e6, 1e6), min_size=2))
def test_there_is_exactly_one_agent_or_nobody_is_named(scores: dict[int, float]) -> None:
    found = list(roles.from_scores(scores).roles.values())
    assert len(found) == len(scores)
    assert found.count(Role.AGENT) == 1 or set(found) == {Role.UNSURE}
