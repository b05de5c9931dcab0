"""The Responses API, as OpenAI has it: how a prompt is sent, and what comes back.

HTTP 200 does not mean completed: ``status`` tells. Items of reasoning may come before the message, so no place in ``output`` is special.
Structured output stands in ``text.format``, and a refusal is content beside the text.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from domain.errors import RetryableError, VendorPausedError
from providers.openai.answers import Answer, decoded, figures
from providers.openai.prompt import Prompt, Shape

RATE_LIMIT_PAUSE_S = 5.0


class _Content(msgspec.Struct):
    type: str = ""
    text: str | None = None


class _Item(msgspec.Struct):
    type: str = ""
    content: list[_Content] | None = None


class _InputDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _OutputDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


class _Incomplete(msgspec.Struct):
    reason: str | None = None


class _Error(msgspec.Struct):
    code: str | None = None


class _Response(msgspec.Struct):
    output: list[_Item]
    status: str = "completed"
    id: str | None = None
    incomplete_details: _Incomplete | None = None
    error: _Error | None = None
    usage: _Usage | None = None


def request(prompt: Prompt[Shape]) -> dict[str, Any]:
    """Arguments of ``responses.create``. Nothing is stored there for later."""
    question = prompt.question
    return {
        "model": prompt.model,
        "instructions": question.instructions,
        "input": [{"role": "user", "content": prompt.document}],
        "text": {"format": {"type": "json_schema", "name": question.name, "schema": question.schema, "strict": True}},
        "max_output_tokens": prompt.max_output_tokens,
        "store": False,
        **({"temperature": prompt.temperature} if prompt.temperature is not None else {}),
    }


def read(body: bytes) -> Answer:
    """What came back. Raises RetryableError if nothing did."""
    response = decoded(body, _Response)
    if response.status == "failed":
        _fail(response.error.code if response.error else None)
    if response.status not in {"completed", "incomplete", "failed"}:
        raise RetryableError("openai:unfinished_answer")
    contents = [content for item in response.output if item.type == "message" for content in item.content or ()]
    text = "".join(content.text or "" for content in contents if content.type == "output_text")
    return Answer(text, _figures(response.usage), next(_faults(response, contents), None), response.id)


def _fail(code: str | None) -> None:
    # what is left is an answer of a kind: the prompt itself was found unfit
    if code == "rate_limit_exceeded":
        raise VendorPausedError("openai:rate_limited", RATE_LIMIT_PAUSE_S)
    if code in {None, "server_error"}:
        raise RetryableError("openai:server_error")


def _faults(response: _Response, contents: list[_Content]) -> Iterator[str]:
    reason = response.incomplete_details.reason if response.incomplete_details else None
    if response.status == "failed":
        yield "openai:refused"
    if response.status == "incomplete":
        yield "openai:content_filter" if reason == "content_filter" else "openai:truncated"
    if any(content.type == "refusal" for content in contents):
        yield "openai:refused"


def _figures(usage: _Usage | None) -> Mapping[str, int]:
    if usage is None:
        return {}
    return figures(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_input_tokens=usage.input_tokens_details.cached_tokens if usage.input_tokens_details else None,
        reasoning_tokens=usage.output_tokens_details.reasoning_tokens if usage.output_tokens_details else None,
    )
