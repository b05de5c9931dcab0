"""Opens the way for a program of an organization's to let a model talk with its callers: one client secret, never our own key.

What a session is made of: openai 3.52, types/realtime/realtime_session_create_request_param.py; wire/openai.md §7.
"""

import time
from collections.abc import Mapping
from typing import Any, cast

import httpx2
import msgspec
import openai

from domain.errors import RetryableError
from domain.organizations.organization import Organization
from domain.telephony.realtime import Credentials, of_vendor
from domain.understanding import intake
from domain.vendors import Vendor
from observability import trace
from providers import resilience
from providers.openai import composition, mapping
from providers.openai.client import REQUEST_ID, SHARE_OF_TIMEOUT, opened, whole
from providers.openai.errors import translated
from settings import OpenAISettings

# how long a secret opens talks; one that has begun goes on after it
SECRET_S = 60
TRANSCRIBES_WITH = "gpt-transcribe"
VOICE = "marin"
_REASON = {"type": "string", "description": "Why, in a few words; not what the caller said."}


class _Secret(msgspec.Struct):
    value: str
    expires_at: int


class OpenAIRealtime:
    """Implements ``domain.ports.RealtimeHost``."""

    vendor: Vendor | None = Vendor.OPENAI

    def __init__(self, settings: OpenAISettings, timeout_s: float) -> None:
        """Nothing is opened before the first question, so that a process may fork before it."""
        self._settings = settings
        self._total_s = timeout_s * SHARE_OF_TIMEOUT

    def mint(self, organization: Organization) -> Credentials:
        """A secret for talks in this organization's name. Raises as ``errors`` has it."""
        total_s = min(self._total_s, resilience.limit_s() * SHARE_OF_TIMEOUT)
        ends, model = time.monotonic() + total_s, self._settings.model_realtime
        try:
            with (
                opened(self._settings, total_s) as client,
                client.realtime.client_secrets.with_streaming_response.create(
                    expires_after={"anchor": "created_at", "seconds": SECRET_S},
                    session=cast(Any, session(organization, model)),
                    extra_headers={REQUEST_ID: trace.current()} if trace.current() else {},
                ) as response,
            ):
                body = whole(response, ends)
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise translated(error, model) from None
        try:
            secret = msgspec.json.decode(body, type=_Secret)
        except ValueError:
            raise RetryableError("openai:unreadable_answer") from None
        return of_vendor(secret.value, secret.expires_at, model)


def session(organization: Organization, model: str) -> Mapping[str, object]:
    """What the model is told, hears and may do. Pure."""
    language = organization.persona.locale.partition("-")[0]
    hears = {
        "noise_reduction": {"type": "near_field"},
        "transcription": {"model": TRANSCRIBES_WITH, "language": language},
        "turn_detection": {"type": "semantic_vad", "eagerness": "auto", "create_response": True, "interrupt_response": True},
    }
    return {
        "type": "realtime",
        "model": model,
        "instructions": composition.live(mapping.speaking_for(organization)),
        "output_modalities": ["audio"],
        "audio": {"input": hears, "output": {"voice": VOICE}},
        "tools": tools(organization),
        "tool_choice": "auto",
    }


def tools(organization: Organization) -> list[Mapping[str, object]]:
    """What the model may do; the program of the organization's hands each call of a tool to /api/call/{id}/tools."""
    kinds = {"type": "string", "enum": ["danger", "person", "unsure"]}
    asked = intake.form(organization.intake)
    found = [_tool("escalate_call", "Call the person on call.", {"kind": kinds, "reason": _REASON})]
    if asked["properties"]:
        found.append(_tool("capture_intake", "Keep what the caller told; null for what was not told.", {"fields": asked}))
    return [*found, _tool("terminate_call", "End the call. It may be refused.", {"reason": _REASON})]


def _tool(name: str, about: str, asks: Mapping[str, object]) -> Mapping[str, object]:
    parameters = {"type": "object", "properties": asks, "required": list(asks), "additionalProperties": False}
    return {"type": "function", "name": name, "description": about, "parameters": parameters}
