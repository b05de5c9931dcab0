"""The same question of the same organization is paid once; whatever differs, it is another question (S2-42, S2-43, S2-44)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.errors import StepError
from domain.organizations.organization import Organization, Persona
from domain.ports import KeptAnswer
from domain.prices import price_usd
from domain.speech import Channel, Understanding, Utterance
from providers.openai import mapping
from providers.openai.classifier import OpenAIClassifier
from providers.openai.keys import key
from providers.openai.prompt import build
from tests.support.openai import BILLED, CALL, CLINIC, SETTINGS, SMS, VOICE, Shelf, asked, given, model_at
from tests.support.recorded_server import RecordedServer


def _ask(
    server: RecordedServer,
    shelf: Shelf,
    organization: Organization = CLINIC,
    utterances: tuple[Utterance, ...] = CALL,
    **changed: Any,
) -> Understanding:
    return OpenAIClassifier(model_at(server, shelf=shelf, **changed)).classify(organization, utterances, VOICE)


@pytest.fixture
def shelf() -> Shelf:
    """An empty one."""
    return Shelf()


@pytest.fixture
def answering(openai_server: RecordedServer) -> RecordedServer:
    """A vendor that always has the same answer."""
    openai_server.will(given("response_completed"))
    return openai_server


def test_the_same_question_is_asked_once_and_answered_alike(answering: RecordedServer, shelf: Shelf) -> None:
    first, second = _ask(answering, shelf), _ask(answering, shelf)
    assert len(answering.asked) == 1
    assert (first.engine.cached, second.engine.cached) == (False, True)
    assert replace(second, engine=first.engine) == first
    assert (second.engine.model, second.engine.prompt_version) == (first.engine.model, first.engine.prompt_version)


def test_a_kept_answer_needs_no_network_at_all(answering: RecordedServer, shelf: Shelf) -> None:
    _ask(answering, shelf)
    model = model_at(answering, shelf=shelf)
    assert OpenAIClassifier(model).classify(CLINIC, CALL, VOICE).engine.cached
    assert model._opened is None


def test_a_kept_answer_says_what_it_saved_and_is_billed_nothing(answering: RecordedServer, shelf: Shelf) -> None:
    _ask(answering, shelf)
    engine = _ask(answering, shelf).engine
    assert dict(engine.usage) == {"input_tokens": 0, "output_tokens": 0} | {f"saved_{unit}": count for unit, count in BILLED.items()}
    prices = {"openai:gpt-6-luna": dict.fromkeys(BILLED, 1.0)}
    assert price_usd(prices, engine.provider, engine.model, engine.usage) == 0


OTHERS: dict[str, Callable[[RecordedServer, Shelf], Understanding]] = {
    "organization": lambda server, shelf: _ask(server, shelf, replace(CLINIC, id=UUID(int=2))),
    "name": lambda server, shelf: _ask(server, shelf, replace(CLINIC, name="Oak Street Clinic")),
    "services": lambda server, shelf: _ask(server, shelf, replace(CLINIC, services=("checkups",))),
    "model": lambda server, shelf: _ask(server, shelf, replace(CLINIC, is_critical=True)),
    "name of the model": lambda server, shelf: _ask(server, shelf, model_cheap="gpt-6-astra"),
    "a word": lambda server, shelf: _ask(server, shelf, utterances=(*CALL[:-1], replace(CALL[-1], text=CALL[-1].text + "!"))),
    "a speaker": lambda server, shelf: _ask(server, shelf, utterances=(*CALL[:-1], replace(CALL[-1], speaker=2))),
    "an utterance less": lambda server, shelf: _ask(server, shelf, utterances=CALL[:-1]),
    "order": lambda server, shelf: _ask(server, shelf, utterances=CALL[::-1]),
    "channel": lambda server, shelf: OpenAIClassifier(model_at(server, shelf=shelf)).classify(CLINIC, CALL, SMS),
    "parameters": lambda server, shelf: _ask(server, shelf, context_tokens=12_000),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_whatever_differs_makes_another_question(
    answering: RecordedServer, shelf: Shelf, other: Callable[[RecordedServer, Shelf], Understanding]
) -> None:
    _ask(answering, shelf)
    assert not other(answering, shelf).engine.cached
    assert len(answering.asked) == 2


@pytest.mark.parametrize("changed", [{"persona": Persona(tone="brief")}, {"hours": "always"}, {"name": "Oak Street Clinic"}])
def test_another_way_of_the_organization_makes_another_question_of_a_reply(changed: dict[str, str]) -> None:
    ours, other = replace(CLINIC, persona=Persona(tone="warm")), replace(CLINIC, **{"persona": Persona(tone="warm")} | changed)  # type: ignore[arg-type]  # parametrized
    prompts = [build(mapping.reply(each, Channel.SMS), each, mapping.request(asked(each)), [], SETTINGS) for each in (ours, other)]
    assert key(prompts[0], SETTINGS) != key(prompts[1], SETTINGS)


@pytest.mark.parametrize("changed", [{"version": "reply-1"}, {"schema": {"type": "object"}}, {"name": "understood"}])
def test_another_prompt_makes_another_question(changed: dict[str, object]) -> None:
    prompt = build(mapping.understanding(CLINIC), CLINIC, {}, (), SETTINGS)
    other = replace(prompt, question=replace(prompt.question, **changed))  # type: ignore[arg-type]  # parametrized
    assert key(prompt, SETTINGS) != key(other, SETTINGS)


def test_another_server_and_another_api_make_another_question() -> None:
    prompt = build(mapping.understanding(CLINIC), CLINIC, {}, (), SETTINGS)
    settings = [SETTINGS, replace(SETTINGS, base_url="https://other.example/v1"), replace(SETTINGS, api="chat")]
    assert len({key(prompt, each) for each in settings}) == 3
    assert {len(key(prompt, each)) for each in settings} == {32}


def test_an_answer_is_too_old_after_its_time(answering: RecordedServer, shelf: Shelf) -> None:
    _ask(answering, shelf)
    shelf.now_s = 3_599
    assert _ask(answering, shelf).engine.cached
    shelf.now_s = 3_601
    assert not _ask(answering, shelf).engine.cached
    assert len(answering.asked) == 2


def test_without_a_time_nothing_is_looked_up_or_kept(answering: RecordedServer, shelf: Shelf) -> None:
    for _ in range(2):
        assert not _ask(answering, shelf, cache_ttl_s=0).engine.cached
    assert (shelf.looked, shelf.kept, len(answering.asked)) == (0, {}, 2)


def test_an_answer_that_no_longer_has_the_shape_is_asked_for_again(answering: RecordedServer, shelf: Shelf) -> None:
    _ask(answering, shelf)
    [place] = shelf.kept
    shelf.kept[place] = (0.0, KeptAnswer({"intent": "book_appointment"}, "gpt-6-luna", {}))
    assert not _ask(answering, shelf).engine.cached


def test_an_error_is_not_kept(openai_server: RecordedServer, shelf: Shelf) -> None:
    openai_server.will(given("error_server", 500), given("response_completed"))
    with pytest.raises(StepError):
        _ask(openai_server, shelf)
    assert not _ask(openai_server, shelf).engine.cached
