"""The twin in each bad mode: what it does to a question, and that nothing is asked twice behind the run's back."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain.errors import NoAnswerError, RetryableError, StepError, UnusableAnswerError, VendorPausedError
from domain.speech import Role, Understanding
from observability.trace import traced
from providers.openai.classifier import OpenAIClassifier
from providers.openai.client import LanguageModel
from scripts import twin
from scripts.twin.client import TwinClient
from scripts.twin.config import OPENAI_KEY
from tests.support.openai import CALL, CLINIC, SETTINGS, VOICE, Shelf

OPERATIONS = {"responses": "responses", "chat": "chat"}
BAD: list[tuple[str, dict[str, Any], type[StepError], str]] = [
    ("429", {}, VendorPausedError, "openai:rate_limited"),
    ("429", {"retry_after_s": 2.0}, VendorPausedError, "openai:rate_limited"),
    ("429", {"code": "insufficient_quota"}, VendorPausedError, "openai:insufficient_quota"),
    ("401", {}, VendorPausedError, "openai:invalid_key"),
    ("403", {}, VendorPausedError, "openai:not_permitted"),
    ("404", {}, VendorPausedError, "openai:model_not_found"),
    ("400", {}, UnusableAnswerError, "openai:bad_request"),
    ("500", {}, RetryableError, "openai:server_error"),
    ("503", {}, RetryableError, "openai:server_error"),
    ("down", {}, RetryableError, "openai:connection_lost"),
    ("html", {}, RetryableError, "openai:unreadable_answer"),
    ("truncated", {}, RetryableError, "openai:"),
    ("redirect", {}, VendorPausedError, "openai:wrong_base_url"),
    ("hang", {}, NoAnswerError, "openai:timeout"),
    ("accept_then_hang", {}, NoAnswerError, "openai:timeout"),
    ("refusal", {}, UnusableAnswerError, "openai:refused"),
    ("incomplete", {}, UnusableAnswerError, "openai:truncated"),
    ("invalid_output", {}, UnusableAnswerError, "openai:invalid_answer"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[TwinClient]:
    """One twin for all of these."""
    with twin.running() as client:
        yield client


@pytest.fixture(autouse=True)
def _as_new(running: TwinClient) -> Iterator[None]:
    yield
    running.reset()


def _ask(running: TwinClient, api: str, timeout_s: float = 5.0, **changed: Any) -> Understanding:
    settings = replace(SETTINGS, api=api, base_url=running.openai_url, api_key=OPENAI_KEY)
    return OpenAIClassifier(LanguageModel(replace(settings, **changed), timeout_s, Shelf())).classify(CLINIC, CALL, VOICE)


@pytest.mark.parametrize("api", OPERATIONS)
def test_the_twin_understands_a_call_under_our_trace(running: TwinClient, api: str) -> None:
    with traced("trace-of-the-run"):
        found = _ask(running, api)
    assert found.verdict.roles == {0: Role.AGENT, 1: Role.CUSTOMER}
    assert found.engine.usage["input_tokens"] > 0
    assert str(found.engine.request_id).startswith("req_")
    [entry] = running.log(vendor="openai", operation=OPERATIONS[api])
    assert {name.lower(): value for name, value in entry.headers.items()}["x-request-id"] == "trace-of-the-run"


@pytest.mark.parametrize(("mode", "how", "kind", "code"), BAD, ids=[" ".join([mode, *map(str, how)]) for mode, how, *_ in BAD])
@pytest.mark.parametrize("api", OPERATIONS)
def test_a_bad_mode_is_one_question_and_one_clear_error(
    running: TwinClient, api: str, mode: str, how: dict[str, Any], kind: type[StepError], code: str
) -> None:
    running.misbehave("openai", mode, OPERATIONS[api], **how)
    with pytest.raises(kind) as raised:
        _ask(running, api, timeout_s=0.4 if "hang" in mode else 5.0)
    assert raised.value.code.startswith(code)
    assert len(running.log(vendor="openai", operation=OPERATIONS[api])) == 1
    if mode in {"refusal", "incomplete", "invalid_output"}:
        assert isinstance(raised.value, UnusableAnswerError)
        assert raised.value.usage["output_tokens"] > 0


def test_a_pause_is_as_long_as_the_twin_wishes(running: TwinClient) -> None:
    running.misbehave("openai", "429", "responses", retry_after_s=2.5)
    with pytest.raises(VendorPausedError) as raised:
        _ask(running, "responses")
    assert raised.value.delay_s == pytest.approx(2.5)


def test_a_wrong_key_is_told_from_an_outage(running: TwinClient) -> None:
    with pytest.raises(VendorPausedError, match=r"^openai:invalid_key$"):
        _ask(running, "responses", api_key="sk-wrong-00000000")
