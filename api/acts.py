"""/v1/classify-intent, /v1/generate-reply, /v1/turn: asked now, answered at once if it does not take long."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from werkzeug.exceptions import Conflict, NotFound

from api.act_schemas import ClassifiedV1, ClassifyIntentV1, GeneratedReplyV1, GenerateReplyV1
from api.auth import organization_id
from api.orders import Answer, answered, place
from api.smorest import Blueprint
from api.turn_schemas import NextTurnV1, TurnAnswerV1
from api.waiting import USUAL_S
from db import spoken
from domain.access import Scope
from domain.jobs import JobKind, JobView

acts = Blueprint("acts", __name__, url_prefix="/v1", description="Ask the engines of the house about words of your own")


@acts.post("/classify-intent")
@acts.allows(Scope.OPERATOR, 404, 409)
@acts.arguments(ClassifyIntentV1)
@acts.answers_or_later(ClassifiedV1)
def classify_intent(asked: dict[str, Any]) -> Answer:
    """What a customer wants, how they feel, who is who, and whether anybody is in danger."""
    return answered(place_about_words(JobKind.CLASSIFY_INTENT, asked), USUAL_S)


@acts.post("/generate-reply")
@acts.allows(Scope.OPERATOR, 404, 409)
@acts.arguments(GenerateReplyV1)
@acts.answers_or_later(GeneratedReplyV1)
def generate_reply(asked: dict[str, Any]) -> Answer:
    """What the organization would answer, within all of its rules. Nothing is sent to anybody."""
    return answered(place_about_words(JobKind.GENERATE_REPLY, asked), USUAL_S)


@acts.post("/turn")
@acts.allows(Scope.OPERATOR)
@acts.arguments(NextTurnV1)
@acts.answers_or_later(TurnAnswerV1)
def turn(asked: dict[str, Any]) -> Answer:
    """The next words in a talk that you lead, for a persona and goals that you give."""
    return answered(place(JobKind.TURN, asked), USUAL_S)


def place_about_words(kind: JobKind, asked: Mapping[str, Any]) -> JobView:
    """A job about words that came along, or that are stored. Raises NotFound, Conflict while there are none, and what ``place`` raises."""
    transcript: UUID | None = asked.get("transcript_id")
    if transcript is None:
        return place(kind, asked)
    found = spoken.find(organization_id(), transcript)
    if found is None:
        raise NotFound
    if not found.utterances:
        raise Conflict("this transcript has no words yet: GET /v1/transcripts/{id} says how it stands")
    return place(kind, asked, conversation_id=found.conversation_id)
