"""Organizations and questions whose whole prompts stand as golden files in tests/providers/openai/golden."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from domain.organizations.opening_hours import OpeningHours
from domain.organizations.organization import Organization, OwnIntent, Persona
from domain.speech import Channel, Intent, Role
from domain.telephony.threads import Message
from providers.openai import mapping
from providers.openai.prompt import Prompt, build
from tests.support.openai import CALL, CLINIC, SETTINGS, VOICE, asked

INTAKE: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "full_name": {"type": "string", "description": "first and last name"},
        "first_visit": {"type": "boolean"},
        "day": {"type": "string", "format": "date", "title": "wished day"},
    },
    "required": ["full_name"],
}
TOLD = replace(
    CLINIC,
    vertical="medical",
    persona=Persona("Maya", "warm and brief", "en-IN"),
    goals=("Find out whether it is a first visit.",),
    on_call="+14155550100",
    front_desk="+14155550101",
    alarm_words=("code lavender",),
    intents=(OwnIntent("book_visit", ("can i come in on friday", "i need to see somebody")), OwnIntent("lab_results")),
    intake=INTAKE,
    never_promise=("same day",),
    opening=OpeningHours.read({"timezone": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}}),
)
# 2026-11-22 is a Sunday
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
BARE = Organization(CLINIC.id, "bare", "Elm", "")


def _reply(organization: Organization, channel: Channel, **more: Any) -> Prompt[Any]:
    request = replace(asked(organization, CALL[1:2], channel), **more)
    return build(mapping.reply(organization, channel), organization, mapping.request(request), mapping.with_roles(request), SETTINGS)


def _with_memory() -> Prompt[Any]:
    analysis = asked().analysis
    known = replace(
        analysis.understanding, intent=Intent("book_visit", 0.9), intake={"full_name": "Ann Lee", "first_visit": None, "day": None}
    )
    history = (Message(Role.CUSTOMER, "When do you open?", ("image/png",)), Message(Role.AGENT, "At nine."))
    analysis = replace(analysis, understanding=known)
    return _reply(TOLD, Channel.SMS, history=history, analysis=analysis, media=("image/jpeg",), at=SUNDAY)


def _understanding(organization: Organization) -> Prompt[Any]:
    return build(mapping.understanding(organization), organization, mapping.conversation(VOICE), mapping.spoken(CALL), SETTINGS)


# a persona with its strategy and memory, the same on the telephone, and whoever told nothing
PROMPTS: Mapping[str, Prompt[Any]] = {
    "reply_told_sms": _with_memory(),
    "reply_told_voice": _reply(TOLD, Channel.VOICE),
    "reply_bare_sms": _reply(BARE, Channel.SMS),
    "understanding_told": _understanding(TOLD),
    "understanding_bare": _understanding(BARE),
}


def whole(prompt: Prompt[Any]) -> str:
    """All that a model is told, as a golden file has it."""
    return f"{prompt.question.instructions}\n--- user ---\n{prompt.document}\n"
