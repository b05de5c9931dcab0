"""The forms that a model fills in: the schema that it is held to there, and the shape that its answer must have here."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from domain.organizations.organization import Organization
from domain.speech import OUT_OF_SCOPE, Role
from domain.understanding import intake
from domain.understanding.intents import COURTESIES, INTENTS

SENTIMENTS = ("positive", "neutral", "negative")
NO_REASON = "none"
REASONS = (NO_REASON, "danger", "upset", "asks_for_person", "unsure")
# what customers want of everybody
OF_EVERYBODY = (*COURTESIES, "speak_to_human", OUT_OF_SCOPE)
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
    intake: dict[str, object] = msgspec.field(default_factory=dict)


class Written(msgspec.Struct):
    """The form ``reply``, filled in. Servers that hold nobody to a schema may leave out what is not the text."""

    text: Annotated[str, msgspec.Meta(min_length=1)]
    escalate: bool = False
    reason: str = NO_REASON


def labels(organization: Organization) -> tuple[str, ...]:
    """What its customers may want: the organization's own list and what everybody's customers want, or the house's list."""
    own = tuple(each.name for each in organization.intents)
    return tuple(dict.fromkeys((*own, *OF_EVERYBODY))) if own else INTENTS


def understanding(organization: Organization) -> Mapping[str, object]:
    """The schema of ``Understood`` for this organization; ``intake`` is asked for if there is anything to ask."""
    asked = intake.form(organization.intake)
    return _form(
        roles={
            "type": "array",
            "items": _form(speaker={"type": "integer"}, role={"type": "string", "enum": [role.value for role in Role]}),
        },
        role_confidence={"type": "number"},
        intent={"type": "string", "enum": list(labels(organization))},
        intent_confidence={"type": "number"},
        sentiment={"type": "string", "enum": list(SENTIMENTS)},
        summary={"type": "string"},
        **({"intake": asked} if asked["properties"] else {}),
    )


def reply() -> Mapping[str, object]:
    """The schema of ``Written``."""
    return _form(text={"type": "string"}, escalate={"type": "boolean"}, reason={"type": "string", "enum": list(REASONS)})


def _form(**fields: Mapping[str, object]) -> Mapping[str, object]:
    # strict schemas want every field required and no others; limits of numbers and lengths are not understood by all servers
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
