"""What the twin's model says: the offline engine's own answers, in the words that a prompt of ours asks for."""

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

from domain import safety
from domain.organization import Organization
from domain.replies import ReplyRequest
from domain.speech import Analysis, CallEvidence, Channel, Engine, Intent, Role, RoleVerdict, Understanding, Utterance
from providers.local.classifier import LocalClassifier
from providers.local.replies import LocalReplyWriter

Told = Mapping[str, Any]

_GLAD = frozenset(("thank", "thanks", "great", "perfect", "wonderful", "lovely", "appreciate", "excellent", "glad", "awesome"))
_ANGRY = frozenset(
    ("angry", "terrible", "unacceptable", "ridiculous", "complaint", "worst", "frustrated", "upset", "horrible", "disappointed")
)
_SUMMARY_CHARS = 160


def answer(schema_name: str, told: Told) -> Mapping[str, Any]:
    """The answer to one of our prompts, by the name of its schema; empty for any other."""
    if schema_name == "understanding":
        return understanding(told)
    return reply(told) if schema_name == "reply" else {}


def understanding(told: Told) -> Mapping[str, Any]:
    """Roles, intent, sentiment, summary of ``utterances``."""
    said = _utterances(told)
    found = _classified(told, said)
    return {
        "roles": [{"speaker": speaker, "role": role.value} for speaker, role in sorted(found.verdict.roles.items())],
        "role_confidence": round(found.verdict.confidence, 4),
        "intent": found.intent.name,
        "intent_confidence": round(found.intent.confidence, 4),
        "sentiment": _sentiment(said),
        "summary": _summary(said, found),
    }


def reply(told: Told) -> Mapping[str, Any]:
    """The approved text for the intent that the prompt tells, or that its utterances have."""
    said = _utterances(told)
    found = _classified(told, said)
    if isinstance(told.get("intent"), str):
        found = Understanding(found.verdict, Intent(told["intent"], 1.0), found.engine)
    request = ReplyRequest(_organization(told), said, Analysis(found, safety.find(said)), _channel(told))
    return {"text": _writer().write(request).text}


def _classified(told: Told, said: tuple[Utterance, ...]) -> Understanding:
    evidence = told.get("evidence")
    known: Told = evidence if isinstance(evidence, Mapping) else told
    agent = known.get("agent_channel")
    found = CallEvidence(_channel(known), known.get("direction"), agent if isinstance(agent, int) else None)
    if not said:
        return Understanding(RoleVerdict({}, 0.0), Intent("out_of_scope", 0.0), Engine("twin", "rules"))
    return _classifier().classify(_organization(told), said, found)


def _utterances(told: Told) -> tuple[Utterance, ...]:
    given = told.get("utterances")
    if not isinstance(given, list):
        return ()
    return tuple(_utterance(number, each) for number, each in enumerate(given) if isinstance(each, Mapping))


def _utterance(number: int, told: Told) -> Utterance:
    role = told.get("role")
    return Utterance(
        seq=int(told.get("seq", number)),
        speaker=int(told.get("speaker", 0)),
        text=str(told.get("text", "")),
        start_ms=int(told.get("start_ms", number * 1_000)),
        end_ms=int(told.get("end_ms", number * 1_000)),
        channel=int(told.get("channel", 0)),
        role=Role(role) if role in set(Role) else None,
    )


def _organization(told: Told) -> Organization:
    given = told.get("organization")
    known: Told = given if isinstance(given, Mapping) else {"name": given} if isinstance(given, str) else {}
    services = known.get("services")
    return Organization(
        id=uuid.UUID(int=0),
        slug="twin",
        name=str(known.get("name") or "us"),
        hours=str(known.get("hours") or ""),
        services=tuple(str(each) for each in services) if isinstance(services, list) else (),
    )


def _channel(told: Told) -> Channel:
    channel = told.get("channel")
    return Channel(channel) if channel in set(Channel) else Channel.VOICE


def _sentiment(said: tuple[Utterance, ...]) -> str:
    words = {word.strip(".,!?").lower() for utterance in said for word in utterance.text.split()}
    if words & _ANGRY:
        return "negative"
    return "positive" if words & _GLAD else "neutral"


def _summary(said: tuple[Utterance, ...], found: Understanding) -> str:
    customers = {speaker for speaker, role in found.verdict.roles.items() if role is Role.CUSTOMER}
    first = next((each.text for each in said if not customers or each.speaker in customers), "")
    return f"{found.intent.name.replace('_', ' ').capitalize()}: {first}"[:_SUMMARY_CHARS] if first else "Nobody said anything."


@cache
def _classifier() -> LocalClassifier:
    return LocalClassifier()


@cache
def _writer() -> LocalReplyWriter:
    return LocalReplyWriter()
