"""What the API gives of what a run found: its analysis and its reply, version 1."""

from marshmallow import Schema, fields

from api.lists import ListQueryV1, PageV1, one_of, word
from domain.speech import Channel


class SafetyFindingV1(Schema):
    """A safety rule that fired, and the utterance that made it."""

    rule = fields.String(required=True)
    urgency = fields.String(required=True)
    seq = fields.Integer(required=True)


class AnalysisV1(Schema):
    """Who is who, what they want, whether anyone is in danger; confidences are 0..1."""

    roles = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    role_confidence = fields.Float(required=True)
    intent = fields.String(required=True)
    intent_confidence = fields.Float(required=True)
    sentiment = fields.String(required=True, allow_none=True)
    summary = fields.String(required=True, allow_none=True)
    intake = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "What the organization asks for, by field; null: it was not said"}
    )
    safety = fields.List(fields.Nested(SafetyFindingV1), required=True)
    figures = fields.Dict(
        keys=fields.String(),
        values=fields.Float(),
        required=True,
        metadata={
            "description": "How the talk went by its timings: talk_ratio_<role>, silence_share (0..1), longest_silence_ms, "
            "interruptions, turns, words_per_minute; empty where nothing was timed"
        },
    )
    engine = fields.String(required=True)
    model = fields.String(required=True)


_OUTCOME = (
    "sent; recorded (kept here, sent to nobody); pending or sending; undelivered (the network says so); failed; unknown; "
    "superseded (it gave way); suppressed (it was never to be said, such as put_through: a person took the call); "
    "null: nothing carries it, nobody got it"
)


class ReplyV1(Schema):
    """What we answer, and who wrote it. ``fault`` says which rule refused the words that were written first; these took their place."""

    text = fields.String(required=True)
    channel = fields.String(required=True)
    template = fields.String(required=True, allow_none=True)
    fault = fields.String(required=True, allow_none=True)
    engine = fields.String(required=True)
    model = fields.String(required=True)
    outcome = fields.String(allow_none=True, metadata={"description": f"Whether it reached anybody: {_OUTCOME}"})
    outcome_reason = fields.String(allow_none=True, metadata={"description": "Why, where it is known"})


class ReplyQueryV1(ListQueryV1):
    """Which replies, by when they were written."""

    transcript_id = fields.UUID()
    channel = one_of(Channel)
    template = word(description="the approved words that were chosen")
    engine = word(description="who wrote it, such as local or openai")


class ReplySummaryV1(ReplyV1):
    """What a run answers, and whether that run counts."""

    run_id = fields.UUID(required=True)
    transcript_id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    counts = fields.Boolean(required=True)
    escalates = fields.Boolean(required=True, metadata={"description": "it asks for a person"})
    created_at = fields.AwareDateTime(required=True)


class ReplyPageV1(PageV1):
    """A page of replies."""

    items = fields.List(fields.Nested(ReplySummaryV1), required=True)
