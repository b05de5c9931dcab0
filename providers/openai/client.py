"""Talks to OpenAI, or to a server that speaks its API: one question, one validated answer, and what it took."""

import hashlib
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic
from urllib.parse import urlsplit

import httpx2
import msgspec
import openai

from domain.diagnosis.reached import Reached, date_of
from domain.errors import NoAnswerError, RetryableError, UnusableAnswerError
from domain.ports import AnswerShelf, KeptAnswer
from domain.speech import Engine
from observability import trace
from providers import resilience
from providers.openai import chat_api, responses_api
from providers.openai.answers import Answer
from providers.openai.errors import translated
from providers.openai.keys import key
from providers.openai.prompt import Prompt, Shape
from settings import OpenAISettings

PROVIDER = "openai"
REQUEST_ID = "X-Request-Id"
IDEMPOTENCY_KEY = "Idempotency-Key"
CONNECT_S = 5.0
# the whole exchange ends before the step gives up on it
SHARE_OF_TIMEOUT = 0.9
# far above any answer of some thousand tokens, with what a server repeats of the question
MAX_BYTES = 8 * 1024 * 1024
OPENAIS_OWN = ("openai.com", "openai.azure.com")


@dataclass(frozen=True, slots=True)
class Completion(Generic[Shape]):
    """The form, filled in as asked, and who did it."""

    answer: Shape
    engine: Engine


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


class LanguageModel:
    """One per process: its connections are kept alive. ``timeout_s`` is when the step gives up; we end before."""

    def __init__(self, settings: OpenAISettings, timeout_s: float, shelf: AnswerShelf | None) -> None:
        """Nothing is opened before the first question, so that a process may fork before it."""
        self.settings = settings
        self._total_s = timeout_s * SHARE_OF_TIMEOUT
        self._shelf = shelf if settings.cache_ttl_s else None
        self._opening = threading.Lock()
        self._opened: openai.OpenAI | None = None

    def complete(self, prompt: Prompt[Shape]) -> Completion[Shape]:
        """The model's answer to this prompt, or the one that the same organization was given to the same prompt before.

        Raises UnusableAnswerError with what was paid if the answer is not what was asked for, else RetryableError or one of its kinds.
        """
        same = key(prompt, self.settings)
        kept = self._kept(prompt, same)
        if kept:
            return kept
        answer, request_id = self._ask(prompt, same)
        filled = _filled_in(prompt, answer)
        self._keep(prompt, same, filled, answer.usage)
        return Completion(filled, _engine(prompt, answer.usage, request_id=request_id or answer.id))

    def key(self, prompt: Prompt[Shape]) -> bytes:
        """What makes another question the same one, for this server."""
        return key(prompt, self.settings)

    def reach(self) -> Reached:
        """Ask for the list of models, which costs nothing. Raises as ``errors`` has it."""
        try:
            answer = self._client().models.with_raw_response.list()
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise translated(error, "") from None
        try:
            listed = msgspec.json.decode(answer.content, type=_Models)
        except ValueError:
            raise RetryableError("openai:unreadable_answer") from None
        return Reached(date_of(answer.headers), frozenset(model.id for model in listed.data))

    def _kept(self, prompt: Prompt[Shape], same: bytes) -> Completion[Shape] | None:
        found = self._shelf.find(prompt.organization_id, same, self.settings.cache_ttl_s) if self._shelf else None
        if not found:
            return None
        try:
            filled = prompt.question.filled_in(found.document)
        except ValueError:
            return None
        return Completion(filled, _engine(prompt, _saved(found.usage), cached=True))

    def _keep(self, prompt: Prompt[Shape], same: bytes, filled: Shape, usage: Mapping[str, int]) -> None:
        if self._shelf:
            self._shelf.keep(prompt.organization_id, same, KeptAnswer(msgspec.to_builtins(filled), prompt.model, usage))

    def _ask(self, prompt: Prompt[Shape], same: bytes) -> tuple[Answer, str | None]:
        total_s = min(self._total_s, resilience.limit_s() * SHARE_OF_TIMEOUT)
        ends = time.monotonic() + total_s
        client = self._client().with_options(timeout=timeout(total_s))
        try:
            with self._sent(client, prompt, same) as response:
                body = whole(response, ends)
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise translated(error, prompt.model) from None
        read = responses_api.read if self.settings.api == "responses" else chat_api.read
        return read(body), response.headers.get("x-request-id")

    def _sent(self, client: openai.OpenAI, prompt: Prompt[Shape], same: bytes) -> AbstractContextManager[openai.APIResponse[Any]]:
        asked: Mapping[str, Any]
        if self.settings.api == "responses":
            asked = responses_api.request(prompt)
        else:
            asked = chat_api.request(prompt, openais_own=_is_openais_own(self.settings.base_url))
        sent: AbstractContextManager[openai.APIResponse[Any]] = _door(client, self.settings).create(**asked, extra_headers=_headers(same))
        return sent

    def _client(self) -> openai.OpenAI:
        with self._opening:
            if self._opened is None:
                self._opened = opened(self.settings, self._total_s)
                weakref.finalize(self, self._opened.close)
            return self._opened


def _headers(same: bytes) -> dict[str, str]:
    """The trace id and, for whoever honours it, what makes a repeated question of one delivery the same: it is billed once."""
    trace_id = trace.current()
    if not trace_id:
        return {}
    return {REQUEST_ID: trace_id, IDEMPOTENCY_KEY: hashlib.sha256(trace_id.encode() + same).hexdigest()}


def opened(settings: OpenAISettings, total_s: float) -> openai.OpenAI:
    """The SDK's client. The run owns the retries; a redirect is not followed: the caller's words would go to whoever is named there."""
    limits = timeout(total_s)
    http_client = openai.DefaultHttpxClient(timeout=limits, follow_redirects=False)
    return openai.OpenAI(api_key=settings.api_key, base_url=settings.base_url, timeout=limits, max_retries=0, http_client=http_client)


def load(settings: OpenAISettings) -> None:
    """Import what the SDK leaves for its first question: a process that is forked afterwards has it. Connects nowhere."""
    with opened(settings, CONNECT_S) as client:
        _door(client, settings)


def _door(client: openai.OpenAI, settings: OpenAISettings) -> Any:
    """Where a question is asked, of which the answer is read piece by piece."""
    asked = client.responses if settings.api == "responses" else client.chat.completions
    return asked.with_streaming_response


def timeout(total_s: float) -> httpx2.Timeout:
    """The limits of one exchange that may take so long in all."""
    # nearly all of the time is the model's: of a live turn's few seconds a connection that takes a third would leave it too little
    connect_s = min(CONNECT_S, total_s / 6)
    return httpx2.Timeout(connect=connect_s, write=connect_s, pool=connect_s, read=total_s - connect_s)


def whole(response: openai.APIResponse[Any], ends: float) -> bytes:
    """All of an answer, unless it takes until ``ends`` (monotonic) or is too large. Raises NoAnswerError, RetryableError."""
    # the client's own limits are for each read; a server that sends a byte a minute would never meet them
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if time.monotonic() > ends:
            raise NoAnswerError("openai:timeout")
        if len(body) > MAX_BYTES:
            raise RetryableError("openai:unreadable_answer")
    return bytes(body)


def _filled_in(prompt: Prompt[Shape], answer: Answer) -> Shape:
    if answer.fault:
        raise UnusableAnswerError(answer.fault, answer.usage, prompt.model)
    try:
        return prompt.question.filled_in(_storable(msgspec.json.decode(answer.text)))
    except (ValueError, RecursionError):
        raise UnusableAnswerError("openai:invalid_answer", answer.usage, prompt.model) from None


def _storable(value: object) -> object:
    """The same with U+FFFD for U+0000, which no text column takes."""
    if isinstance(value, str):
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, list):
        return [_storable(part) for part in value]
    return {name: _storable(part) for name, part in value.items()} if isinstance(value, dict) else value


def _saved(usage: Mapping[str, int]) -> Mapping[str, int]:
    # nothing is billed twice: no price names these units
    return {"input_tokens": 0, "output_tokens": 0} | {f"saved_{unit}": count for unit, count in usage.items()}


def _engine(prompt: Prompt[Shape], usage: Mapping[str, int], *, request_id: str | None = None, cached: bool = False) -> Engine:
    left_out = {"utterances_left_out": prompt.left_out} if prompt.left_out else {}
    return Engine(PROVIDER, prompt.model, {**usage, **left_out}, prompt.question.version, request_id, cached=cached)


def _is_openais_own(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    return any(host == own or host.endswith(f".{own}") for own in OPENAIS_OWN)
