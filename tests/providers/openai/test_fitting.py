"""A long conversation is fitted to the context by whole utterances, and says so."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.errors import UnusableAnswerError
from domain.speech import Utterance
from providers.openai import mapping
from providers.openai.classifier import OpenAIClassifier
from providers.openai.fitting import fit, tokens
from providers.openai.prompt import build
from tests.support.openai import CALL, CLINIC, SETTINGS, VOICE, document, given, model_at
from tests.support.recorded_server import RecordedServer


def _hours_of_talk(count: int = 10_000) -> tuple[Utterance, ...]:
    return tuple(
        Utterance(seq, seq % 2, f"utterance {seq} of a call that does not end", seq * 3_600, seq * 3_600 + 3_000) for seq in range(count)
    )


@pytest.mark.parametrize(
    ("text", "least"),
    [("", 0), ("hello there", 3), ("\u4f60\u597d", 2), ("\u0645\u0631\u062d\u0628\u0627", 5), ("\U0001f600", 2), ("na\u00efve", 2)],
)
def test_tokens_are_estimated_with_care(text: str, least: int) -> None:
    assert least <= tokens(text) <= len(text.encode())


def test_what_fits_stays_whole() -> None:
    assert fit([3, 4, 5], 12) == [0, 1, 2]


def test_the_beginning_and_the_end_stay_and_the_middle_goes() -> None:
    assert fit([1] * 10, 6) == [0, 1, 2, 3, 8, 9]


def test_room_that_the_end_leaves_is_the_beginnings() -> None:
    assert fit([2, 2, 2, 2, 90], 8) == [0, 1, 2, 3]


def test_a_single_utterance_that_is_too_long_goes_alone() -> None:
    assert fit([500, 1, 1], 10) == [1, 2]


COSTS = st.lists(st.integers(1, 50), max_size=40)


@for_all(COSTS, st.integers(-10, 500))
def test_what_stays_is_within_the_budget_and_in_order(costs: list[int], budget: int) -> None:
    kept = fit(costs, budget)
    assert kept == sorted(set(kept))
    assert sum(costs[place] for place in kept) <= max(budget, 0)
    gaps = [after - before for before, after in pairwise(kept)]
    assert sum(gap > 1 for gap in gaps) <= 1
    assert (len(kept) == len(costs)) or sum(costs) > budget


def test_ten_hours_are_fitted_and_the_answer_says_so(openai_server: RecordedServer) -> None:
    openai_server.will(given("response_completed"))
    call = _hours_of_talk()
    found = OpenAIClassifier(model_at(openai_server)).classify(CLINIC, call, VOICE)
    told = document(openai_server)
    kept = [said["seq"] for said in told["utterances"]]
    assert (kept[0], kept[-1]) == (0, 9_999)
    assert told["left_out"] == 10_000 - len(kept) > 0
    assert found.engine.usage["utterances_left_out"] == told["left_out"]
    assert {said["text"] for said in told["utterances"]} <= {said.text for said in call}


def test_a_cached_answer_says_so_too(openai_server: RecordedServer) -> None:
    openai_server.will(given("response_completed"))
    classifier = OpenAIClassifier(model_at(openai_server))
    found = [classifier.classify(CLINIC, _hours_of_talk(), VOICE).engine for _ in range(2)]
    assert found[1].cached
    assert found[0].usage["utterances_left_out"] == found[1].usage["utterances_left_out"]


def test_a_call_that_fits_is_told_whole(openai_server: RecordedServer) -> None:
    openai_server.will(given("response_completed"))
    found = OpenAIClassifier(model_at(openai_server)).classify(CLINIC, CALL, VOICE)
    assert (document(openai_server)["left_out"], len(document(openai_server)["utterances"])) == (0, len(CALL))
    assert "utterances_left_out" not in found.engine.usage


@pytest.mark.parametrize("context_tokens", [2_000, 8_000, 100_000])
def test_question_and_answer_are_within_the_context_together(context_tokens: int) -> None:
    settings = replace(SETTINGS, context_tokens=context_tokens)
    frame, said = mapping.conversation(VOICE), mapping.spoken(_hours_of_talk())
    prompt = build(mapping.understanding(CLINIC), CLINIC, frame, said, settings)
    taken = tokens(prompt.question.instructions) + tokens(prompt.document) + prompt.max_output_tokens
    assert 0 < len(said) - prompt.left_out < len(said)
    assert taken < context_tokens
    assert prompt.max_output_tokens == min(4_000, math.floor(context_tokens / 4))


def test_what_cannot_fit_at_all_is_not_asked(openai_server: RecordedServer) -> None:
    openai_server.will(given("response_completed"))
    endless = (Utterance(0, 0, "word " * 100_000, 0, 1),)
    with pytest.raises(UnusableAnswerError, match=r"^openai:context_exceeded$") as raised:
        OpenAIClassifier(model_at(openai_server)).classify(CLINIC, endless, VOICE)
    assert (dict(raised.value.usage), openai_server.asked) == ({}, [])
