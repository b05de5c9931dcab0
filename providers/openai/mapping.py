"""Our conversations as documents for a language model, and its filled-in forms as our understanding. Pure."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from domain.intents import INTENTS
from domain.organization import Organization
from domain.replies import MAX_CHARS, ReplyRequest
from domain.speech import CallEvidence, Intent, Role, RoleVerdict, Utterance
from providers.openai.prompt import Question

SUMMARY_CHARS = 1_000
SENTIMENTS = ("positive", "neutral", "negative")
# models round: what is a little above 1 must not cost an answer that was paid
Confidence = Annotated[float, msgspec.Meta(ge=0, le=1.01)]


class SpeakerRole(msgspec.Struct):
    """One speaker's role."""

    speaker: int
    role: Role


class Understood(msgspec.Struct):
    """The form ``understanding``, filled in."""

    roles: list[SpeakerRole]
    role_confidence: Confidence
    intent: str
    intent_confidence: Confidence
    sentiment: Literal["positive", "neutral", "negative"]
    summary: str

    def __post_init__(self) -> None:
        """Refuse an intent that we do not know; servers that do not hold a model to a schema let it invent some."""
        if self.intent not in INTENTS:
            raise ValueError("unknown intent")


class Written(msgspec.Struct):
    """The form ``reply``, filled in."""

    text: Annotated[str, msgspec.Meta(min_length=1)]


def _form(**fields: Mapping[str, object]) -> Mapping[str, object]:
    # strict schemas want every field required and no others; limits of numbers and lengths are not understood by all servers
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


UNDERSTANDING = Question(
    name="understanding",
    version="understanding-1",
    schema=_form(
        roles={
            "type": "array",
            "items": _form(speaker={"type": "integer"}, role={"type": "string", "enum": [role.value for role in Role]}),
        },
        role_confidence={"type": "number"},
        intent={"type": "string", "enum": list(INTENTS)},
        intent_confidence={"type": "number"},
        sentiment={"type": "string", "enum": list(SENTIMENTS)},
        summary={"type": "string"},
    ),
    shape=Understood,
    # the form takes about 200; the rest is room for a model that reasons first, whose thoughts count as output
    max_output_tokens=4_000,
)
REPLY = Question("reply", "reply-1", _form(text={"type": "string"}), Written, max_output_tokens=2_000)


def conversation(organization: Organization, evidence: CallEvidence) -> Mapping[str, object]:
    """What frames the utterances that are to be understood."""
    call = {"channel": evidence.channel.value, "direction": evidence.direction}
    return {"organization": {"name": organization.name, "services": organization.services}, "call": call}


def spoken(utterances: Sequence[Utterance]) -> list[Mapping[str, object]]:
    """The utterances that are to be understood."""
    return [{"seq": said.seq, "speaker": said.speaker, "start_ms": said.start_ms, "text": said.text} for said in utterances]


def request(asked: ReplyRequest) -> Mapping[str, object]:
    """What frames the utterances that are to be answered."""
    organization = asked.organization
    about: dict[str, object] = {"name": organization.name, "services": organization.services}
    if organization.hours:
        about["hours"] = organization.hours
    if organization.persona:
        about["persona"] = organization.persona
    return {
        "organization": about,
        "channel": asked.channel.value,
        "max_chars": MAX_CHARS[asked.channel],
        "intent": asked.analysis.understanding.intent.name,
        "urgency": asked.analysis.urgency.value,
    }


def with_roles(asked: ReplyRequest) -> list[Mapping[str, object]]:
    """The utterances that are to be answered."""
    roles = asked.analysis.understanding.verdict.roles
    return [
        {"seq": said.seq, "speaker": said.speaker, "role": (said.role or roles.get(said.speaker, Role.UNSURE)).value, "text": said.text}
        for said in asked.utterances
    ]


def verdict(understood: Understood, utterances: Sequence[Utterance]) -> RoleVerdict:
    """A role for every speaker that was heard, and for no other; unsure of whom the model said nothing, or two things."""
    named: dict[int, set[Role]] = {}
    for given in understood.roles:
        named.setdefault(given.speaker, set()).add(given.role)
    roles = {said.speaker: _only(named.get(said.speaker, set())) for said in utterances}
    return RoleVerdict(roles, min(1.0, understood.role_confidence))


def intent(understood: Understood) -> Intent:
    """What the customer wants."""
    return Intent(understood.intent, min(1.0, understood.intent_confidence))


def summary(understood: Understood) -> str | None:
    """At most 1,000 characters; None if the model left it empty."""
    return understood.summary.strip()[:SUMMARY_CHARS] or None


def _only(roles: set[Role]) -> Role:
    return next(iter(roles)) if len(roles) == 1 else Role.UNSURE
