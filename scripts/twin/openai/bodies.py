"""What was asked, in either API's words, and the answer in the same."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

Json = dict[str, Any]
REFUSAL = "I can't help with that."


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: what the model is told to be, the user's last words, the schema of the answer if there is one, how long it may be."""

    model: str
    system: str
    user: str
    words: int
    schema_name: str
    schema: Mapping[str, Any] | None
    strict: bool
    max_tokens: int | None

    @property
    def told(self) -> Mapping[str, Any]:
        """The user's words as the JSON object that our prompts send; empty if they are not one.

        Who the organization is stands in it, or on a line of its own in the instructions.
        """
        found = _object(self.user)
        about = next((one for line in self.system.splitlines() if line.startswith("{") and (one := _object(line))), None)
        return found if about is None else {"organization": about, **found}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: words or a refusal, and whether it was cut off."""

    text: str = ""
    refusal: str | None = None
    cut: bool = False

    @property
    def words(self) -> int:
        """Its length, in the unit that the twin bills."""
        return len((self.refusal or self.text).split())


def from_responses(body: Json) -> Asked:
    """A body of the Responses API."""
    items = body.get("input", "")
    texts = [("user", items)] if isinstance(items, str) else [(str(item.get("role")), _text(item.get("content"))) for item in items]
    told = (body.get("text") or {}).get("format") or {}
    return _asked(body, [("system", str(body.get("instructions") or "")), *texts], told, body.get("max_output_tokens"))


def from_chat(body: Json) -> Asked:
    """A body of Chat Completions."""
    texts = [(str(item.get("role")), _text(item.get("content"))) for item in body.get("messages", [])]
    told = (body.get("response_format") or {}).get("json_schema") or {}
    return _asked(body, texts, told, body.get("max_completion_tokens") or body.get("max_tokens"))


def response(body: Json, asked: Asked, said: Said) -> Json:
    """The answer of the Responses API."""
    status = "incomplete" if said.cut else "completed"
    content: Json = {"type": "output_text", "annotations": [], "logprobs": [], "text": said.text}
    if said.refusal:
        content = {"type": "refusal", "refusal": said.refusal}
    message: Json = {"id": _id("msg"), "type": "message", "status": status, "role": "assistant", "content": [content]}
    return {
        "id": _id("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if said.cut else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": asked.max_tokens,
        "model": asked.model,
        "output": [message],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": body.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": _responses_usage(asked.words, said.words),
        "metadata": body.get("metadata") or {},
    }


def completion(asked: Asked, said: Said) -> Json:
    """The answer of Chat Completions."""
    message: Json = {"role": "assistant", "content": None if said.refusal else said.text, "refusal": said.refusal, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "length" if said.cut else "stop"}
    return {
        "id": _id("chatcmpl"),
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked.model,
        "choices": [choice],
        "usage": {
            "prompt_tokens": asked.words,
            "completion_tokens": said.words,
            "total_tokens": asked.words + said.words,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": None,
    }


def _asked(body: Json, texts: list[tuple[str, str]], told: Json, max_tokens: int | None) -> Asked:
    users = [text for role, text in texts if role == "user"]
    return Asked(
        model=str(body.get("model", "")),
        system="\n".join(text for role, text in texts if role in {"system", "developer"}),
        user=users[-1] if users else "",
        words=sum(len(text.split()) for _, text in texts),
        schema_name=str(told.get("name", "")),
        schema=told.get("schema"),
        strict=bool(told.get("strict")),
        max_tokens=max_tokens,
    )


def _object(text: str) -> Json:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return str(content or "")


def _responses_usage(asked: int, said: int) -> Json:
    return {
        "input_tokens": asked,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": said,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": asked + said,
    }


def _id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex}"
