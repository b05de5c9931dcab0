"""Results of steps as their rows have them, in our words again; asks nobody."""

from collections.abc import Mapping
from typing import Any

from domain.speech import (
    Analysis,
    Channel,
    Engine,
    Intent,
    Reply,
    Role,
    RoleVerdict,
    SafetyFinding,
    Understanding,
    Urgency,
    Utterance,
)

# how the figures of an analysis name what its roles rest on (domain/understanding/roles.py)
ROLE = "role_"


def utterance(  # the columns, in their order
    seq: int, speaker: int, text: str, start_ms: int, end_ms: int, confidence: float | None, channel: int, role: str | None
) -> Utterance:
    """One stretch of speech."""
    return Utterance(seq, speaker, text, start_ms, end_ms, confidence, channel, Role(role) if role else None)


def analysis(found: Mapping[str, Any] | None) -> Analysis | None:
    """An analysis as its row has it; what it rests on is among its figures."""
    if found is None:
        return None
    evidence = {kind.removeprefix(ROLE): odds for kind, odds in found["figures"].items() if kind.startswith(ROLE)}
    verdict = RoleVerdict({int(speaker): Role(role) for speaker, role in found["roles"].items()}, found["role_confidence"], evidence)
    intent, by = Intent(found["intent"], found["intent_confidence"]), Engine(found["engine"], found["model"])
    understanding = Understanding(verdict, intent, by, found["sentiment"], found["summary"], found["intake"])
    findings = tuple(SafetyFinding(item["rule"], Urgency(item["urgency"]), item["seq"]) for item in found["safety"])
    return Analysis(understanding, findings, found["figures"])


def reply(found: Mapping[str, Any] | None) -> Reply | None:
    """A reply as its row has it."""
    if found is None:
        return None
    by = Engine(found["engine"], found["model"], found["usage"])
    return Reply(found["text"], Channel(found["channel"]), by, found["template"], found["fault"], found["escalates"])
