"""What the twin's model says: the offline engine's own answers, in the words that a prompt of ours asks for."""

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

from domain.answering.replies import ReplyRequest
from domain.emergencies import safety
from domain.emergencies.safety_phrases import HUMAN
from domain.organizations.organization import GENERAL, Organization
from domain.speech import (
    OUT_OF_SCOPE,
    Analysis,
    CallEvidence,
    Channel,
    Engine,
    Intent,
    Role,
    RoleVerdict,
    Understanding,
    Urgency,
    Utterance,
)
from providers.local.classifier import LocalClassifier
from providers.local.replies import LocalReplyWriter
from scripts.twin.openai import asked_for

Told = Mapping[str, Any]

_GLAD = frozenset(("thank", "thanks", "great", "perfect", "wonderful", "lovely", "appreciate", "excellent", "glad", "awesome"))
_ANGRY = frozenset(
    ("angry", "terrible", "unacceptable", "ridiculous", "complaint", "worst", "frustrated", "upset", "horrible", "disappointed")
)
_SUMMARY_CHARS = 160
UNDERSTOOD = ("roles", "role_confidence", "intent", "intent_confidence", "sentiment", "summary", "intake")
REPLIED = ("text", "escalate", "reason")
NO_REASON = "none"


def answer(schema: Told, told: Told) -> Mapping[str, Any]:
    """What the rules know of the fields that a schema asks for, whatever it is called; empty if they know none."""
    asked = schema.get("properties", {})
    found: dict[str, Any] = {}
    if not asked.keys().isdisjoint(UNDERSTOOD):
        found |= understanding(told)
        found |= {"intake": intake(asked["intake"], schema, told)} if "intake" in asked else {}
        labels = asked.get("intent", {}).get("enum", ())
        if labels and found["intent"] not in labels:
            found["intent"] = OUT_OF_SCOPE
    if not asked.keys().isdisjoint(REPLIED):
        found |= reply(told)
    return found


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


def intake(form: Told, root: Told, told: Told) -> Mapping[str, Any]:
    """What ``utterances`` say of a form's fields."""
    said = _utterances(told)
    return asked_for.filled(form, root, said, _classified(told, said).verdict)


def reply(told: Told) -> Mapping[str, Any]:
    """The approved text for the intent that the prompt tells, or that its utterances have; and whether a person should look, and why."""
    said = _utterances(told)
    found = _classified(told, said)
    if isinstance(told.get("intent"), str):
        found = Understanding(found.verdict, Intent(told["intent"], 1.0), found.engine)
    request = ReplyRequest(_organization(told), said, Analysis(found, safety.find(said)), _channel(told))
    reason = _reason(found, said)
    return {"text": _writer().write(request).text, "escalate": reason != NO_REASON, "reason": reason}


def _classified(told: Told, said: tuple[Utterance, ...]) -> Understanding:
    evidence = told.get("evidence")
    known: Told = evidence if isinstance(evidence, Mapping) else told
    agent = known.get("agent_channel")
    found = CallEvidence(_channel(known), known.get("direction"), agent if isinstance(agent, int) else None)
    if not said:
        return Understanding(RoleVerdict({}, 0.0), Intent(OUT_OF_SCOPE, 0.0), Engine("twin", "rules"))
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
    name, vertical = str(known.get("name") or "us"), str(known.get("vertical") or GENERAL)
    return Organization.from_settings(uuid.UUID(int=0), "twin", name, known, vertical=vertical)


def _channel(told: Told) -> Channel:
    channel = told.get("channel")
    return Channel(channel) if channel in set(Channel) else Channel.VOICE


def _reason(found: Understanding, said: tuple[Utterance, ...]) -> str:
    urgencies = {finding.urgency for finding in safety.find(said) if finding.rule not in HUMAN}
    if urgencies:
        return "danger" if Urgency.EMERGENCY in urgencies else "upset"
    asks = found.intent.name == "speak_to_human" or any(finding.rule in HUMAN for finding in safety.find(said))
    return "asks_for_person" if asks else NO_REASON


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
