"""The Chat Completions API, which nearly every other server speaks: how a prompt is sent, and what comes back.

Structured output is nested otherwise than in the Responses API. OpenAI's own newer models refuse ``max_tokens`` and want
``max_completion_tokens``, which not all others know. ``store`` is OpenAI's own too: Gemini answers 400 to a field that it does not know.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from domain.errors import RetryableError
from providers.openai.answers import Answer, decoded, figures
from providers.openai.prompt import Prompt, Shape

FAULTS = {"length": "openai:truncated", "content_filter": "openai:content_filter"}


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    id: str | None = None
    usage: _Usage | None = None


def request(prompt: Prompt[Shape], *, openais_own: bool) -> dict[str, Any]:
    """Arguments of ``chat.completions.create`` for OpenAI itself or for another server."""
    question = prompt.question
    schema = {"name": question.name, "schema": question.schema, "strict": True}
    limits: dict[str, Any] = {"max_tokens": prompt.max_output_tokens}
    if openais_own:
        limits = {"max_completion_tokens": prompt.max_output_tokens, "store": False}
    return {
        "model": prompt.model,
        "messages": [{"role": "system", "content": question.instructions}, {"role": "user", "content": prompt.document}],
        "response_format": {"type": "json_schema", "json_schema": schema},
        **limits,
        **({"temperature": prompt.temperature} if prompt.temperature is not None else {}),
    }


def read(body: bytes) -> Answer:
    """What came back. Raises RetryableError if nothing did."""
    completion = decoded(body, _Completion)
    if not completion.choices:
        raise RetryableError("openai:unfinished_answer")
    choice = completion.choices[0]
    fault = FAULTS.get(choice.finish_reason or "") or ("openai:refused" if choice.message.refusal else None)
    return Answer(choice.message.content or "", _figures(completion.usage), fault, completion.id)


def _figures(usage: _Usage | None) -> Mapping[str, int]:
    if usage is None:
        return {}
    return figures(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cached_input_tokens=usage.prompt_tokens_details.cached_tokens if usage.prompt_tokens_details else None,
        reasoning_tokens=usage.completion_tokens_details.reasoning_tokens if usage.completion_tokens_details else None,
    )
