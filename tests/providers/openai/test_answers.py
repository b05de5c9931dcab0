"""HTTP 200 does not mean an answer: what is cut off, refused, filtered or of another shape says so, with what was paid."""

import json
from typing import Any

import pytest

from domain.errors import RetryableError, UnusableAnswerError, VendorPausedError
from domain.speech import Understanding
from providers.openai.classifier import OpenAIClassifier
from tests.support.openai import BILLED, CALL, CLINIC, UNDERSTOOD, VOICE, Shelf, given, model_at, payload, says
from tests.support.recorded_server import RecordedServer, answer

UNUSABLE = [
    ("response_truncated", "openai:truncated"),
    ("response_content_filter", "openai:content_filter"),
    ("response_refusal", "openai:refused"),
    ("chat_truncated", "openai:truncated"),
    ("chat_content_filter", "openai:content_filter"),
    ("chat_refusal", "openai:refused"),
]
INVALID: list[Any] = [
    "",
    "Sure! Here is the form.",
    "[]",
    "null",
    "{}",
    '"\\ud83d"',
    "[" * 5_000 + "]" * 5_000,
    UNDERSTOOD | {"intent": "sell_crypto"},
    UNDERSTOOD | {"intent": None},
    UNDERSTOOD | {"role_confidence": 97},
    UNDERSTOOD | {"intent_confidence": -0.5},
    UNDERSTOOD | {"sentiment": "furious"},
    UNDERSTOOD | {"roles": [{"speaker": 0, "role": "boss"}]},
    UNDERSTOOD | {"roles": [{"speaker": "A", "role": "agent"}]},
    {name: value for name, value in UNDERSTOOD.items() if name != "summary"},
]


def _api(name: str) -> str:
    return "responses" if name.startswith("response") else "chat"


def _ask(server: RecordedServer, shelf: Shelf | None = None, api: str = "responses") -> Understanding:
    return OpenAIClassifier(model_at(server, shelf=shelf, api=api)).classify(CLINIC, CALL, VOICE)


@pytest.mark.parametrize(("name", "code"), UNUSABLE)
def test_an_answer_that_is_none_keeps_what_was_paid(openai_server: RecordedServer, name: str, code: str) -> None:
    openai_server.will(given(name))
    shelf = Shelf()
    with pytest.raises(UnusableAnswerError) as raised:
        _ask(openai_server, shelf, _api(name))
    assert (raised.value.code, dict(raised.value.usage), raised.value.model) == (code, BILLED, "gpt-6-luna")
    assert shelf.kept == {}


@pytest.mark.parametrize("api", ["responses", "chat"])
@pytest.mark.parametrize("text", INVALID, ids=lambda text: str(text)[:40])
def test_an_answer_that_is_not_the_form_keeps_what_was_paid(openai_server: RecordedServer, text: object, api: str) -> None:
    openai_server.will(answer(200, says(text, api)))
    shelf = Shelf()
    with pytest.raises(UnusableAnswerError) as raised:
        _ask(openai_server, shelf, api)
    assert (raised.value.code, dict(raised.value.usage)) == ("openai:invalid_answer", BILLED)
    assert shelf.kept == {}


def test_thoughts_may_come_before_the_message(openai_server: RecordedServer) -> None:
    openai_server.will(given("response_reasoning_first"))
    found = _ask(openai_server)
    assert found.intent.name == "book_appointment"
    assert dict(found.engine.usage) == {**BILLED, "output_tokens": 152, "reasoning_tokens": 64}


def test_a_server_that_tells_no_figures_is_understood_all_the_same(openai_server: RecordedServer) -> None:
    openai_server.will(given("chat_bare"))
    found = _ask(openai_server, api="chat")
    assert (found.intent.name, dict(found.engine.usage), found.engine.request_id) == ("book_appointment", {}, None)


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Welcome to our proxy</title>",
        payload("response_completed")[:200],
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"error": {"message": "upstream"}}',
    ],
)
@pytest.mark.parametrize("api", ["responses", "chat"])
def test_a_body_that_is_not_an_answer_at_all_is_asked_for_again(openai_server: RecordedServer, body: bytes, api: str) -> None:
    openai_server.will(answer(200, body, {"Content-Type": "text/html"}))
    with pytest.raises(RetryableError, match=r"^openai:unreadable_answer$"):
        _ask(openai_server, api=api)


@pytest.mark.parametrize("status", ["in_progress", "queued", "cancelled"])
def test_an_answer_that_is_not_finished_is_asked_for_again(openai_server: RecordedServer, status: str) -> None:
    openai_server.will(answer(200, json.dumps(json.loads(payload("response_completed")) | {"status": status}).encode()))
    with pytest.raises(RetryableError, match=r"^openai:unfinished_answer$"):
        _ask(openai_server)


def test_an_answer_without_a_choice_is_asked_for_again(openai_server: RecordedServer) -> None:
    openai_server.will(answer(200, b'{"choices": []}'))
    with pytest.raises(RetryableError, match=r"^openai:unfinished_answer$"):
        _ask(openai_server, api="chat")


@pytest.mark.parametrize(
    ("code", "kind", "ours"),
    [
        ("server_error", RetryableError, "openai:server_error"),
        ("rate_limit_exceeded", VendorPausedError, "openai:rate_limited"),
        ("invalid_prompt", UnusableAnswerError, "openai:refused"),
    ],
)
def test_a_failed_response_says_why(openai_server: RecordedServer, code: str, kind: type[RetryableError], ours: str) -> None:
    failed = json.loads(payload("response_failed"))
    failed["error"]["code"] = code
    openai_server.will(answer(200, json.dumps(failed).encode()))
    with pytest.raises(kind, match=rf"^{ours}$"):
        _ask(openai_server)


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_words_of_any_script_come_through_and_no_zero_byte_does(openai_server: RecordedServer, api: str) -> None:
    summary = "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \U0001f600 a\0b"
    openai_server.will(answer(200, says(UNDERSTOOD | {"summary": summary}, api)))
    shelf = Shelf()
    assert _ask(openai_server, shelf, api).summary == summary.replace("\0", "\N{REPLACEMENT CHARACTER}")
    [(_, kept)] = shelf.kept.values()
    assert "\0" not in str(kept.document["summary"])


def test_no_word_of_prompt_or_answer_stands_in_an_error(openai_server: RecordedServer) -> None:
    openai_server.will(answer(200, says("You want an appointment, dear")))
    with pytest.raises(UnusableAnswerError) as raised:
        _ask(openai_server)
    assert str(raised.value) == "openai:invalid_answer"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
