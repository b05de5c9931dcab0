"""The job ``turn``: the next words in a talk that somebody else leads, for a persona and goals of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from domain.answering.replies import ReplyRequest
from domain.emergencies import safety
from domain.jobs import Job
from domain.organizations.organization import Organization, Persona
from domain.speech import Analysis, CallEvidence, Channel, Role, Utterance
from domain.telephony.threads import Message, recent
from providers import registry
from tasks.asking import ask
from tasks.jobs.material import organization_of
from tasks.jobs.replying import answer, written

# the one thing beside words that whoever writes a reply can ask for
ESCALATE = "escalate"
CUSTOMER = "user"


def turn(job: Job) -> Mapping[str, object]:
    """As ``TurnAnswerV1`` (api/turn_schemas.py) has it. Raises StepError, LeaseLost, StoreUnavailable.

    What the customer means is read by the engine of the house, which costs nothing: one model is asked, once.
    """
    asked: Mapping[str, Any] = job.request
    organization, channel = _as_asked(organization_of(job), asked), Channel(asked["channel"])
    earlier, latest = _split(asked["messages"])
    said = tuple(Utterance(seq, 0, message["content"], seq, seq, role=Role.CUSTOMER) for seq, message in enumerate(latest))
    meant = _meant(organization, said, channel)
    request = ReplyRequest(
        organization,
        said,
        meant,
        channel,
        recent([Message(_role(message), message["content"]) for message in earlier]),
        is_live=channel is Channel.VOICE,
        at=datetime.now(UTC),
        temperature=asked["policy"].get("temperature"),
    )
    told = answer(written(job, request), meant)
    offered = {tool["name"] for tool in asked["tools"]}
    calls = [{"name": ESCALATE, "arguments": {"urgency": told["urgency"]}}] if told["escalate"] and ESCALATE in offered else []
    return told | {"conversation_id": asked["conversation_id"], "tool_calls": calls}


def _as_asked(organization: Organization, asked: Mapping[str, Any]) -> Organization:
    """The organization for this one turn: what the request says takes the place of what its settings say."""
    told, usual = asked["persona"], organization.persona
    persona = Persona(told.get("name") or usual.name, told.get("tone") or usual.tone, told.get("locale") or usual.locale)
    critical = asked["policy"].get("critical")
    is_critical = organization.is_critical if critical is None else bool(critical)
    return replace(organization, persona=persona, goals=tuple(asked["goals"]) or organization.goals, is_critical=is_critical)


def _split(messages: Sequence[Mapping[str, Any]]) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    """What else was said, and what the customer said last, which is answered, also if the agent has said something since."""
    ends = len(messages) - len(list(takewhile(lambda message: message["role"] != CUSTOMER, reversed(messages))))
    begins = ends - len(list(takewhile(lambda message: message["role"] == CUSTOMER, reversed(messages[:ends]))))
    return [*messages[:begins], *messages[ends:]], messages[begins:ends]


def _meant(organization: Organization, said: tuple[Utterance, ...], channel: Channel) -> Analysis:
    evidence = CallEvidence(channel, None, None, customer_only=True, is_live=channel is Channel.VOICE)
    understanding = ask(registry.offline_classifier(), lambda it: it.classify(organization, said, evidence))
    return Analysis(understanding, safety.find(said, organization.alarm_words))


def _role(message: Mapping[str, Any]) -> Role:
    return Role.CUSTOMER if message["role"] == CUSTOMER else Role.AGENT
