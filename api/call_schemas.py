"""What the API takes and gives about live calls, version 1."""

from marshmallow import Schema, fields, validate

_SURE = {"description": "how sure the telephone vendor is of the words, 0..1; null if it did not say"}


class TurnV1(Schema):
    """One turn of a live call."""

    user = fields.String(required=True, allow_none=True, metadata={"description": "null until the words are read"})
    agent = fields.String(required=True, allow_none=True, metadata={"description": "what we said; null if nothing was said"})
    stage = fields.String(required=True)
    confidence = fields.Float(required=True, allow_none=True, metadata=_SURE)


class CallV1(Schema):
    """A call as it stands."""

    call_id = fields.String(required=True, metadata={"description": "the vendor's id: CallSid"})
    conversation_id = fields.UUID(required=True)
    stage = fields.String(required=True)
    last_transcript = fields.String(required=True, allow_none=True)
    last_reply = fields.String(required=True, allow_none=True)
    confidence = fields.Float(required=True, allow_none=True, metadata=_SURE)
    escalated = fields.Boolean(required=True)
    turns = fields.List(fields.Nested(TurnV1), required=True)


class ConversationV1(Schema):
    """A call or a thread of text messages as it stands, with the ids of what was said in it, the newest first, 500 at most."""

    id = fields.UUID(required=True)
    channel = fields.String(required=True)
    direction = fields.String(required=True, allow_none=True)
    our_number = fields.String(required=True, allow_none=True)
    their_number = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    phase = fields.String(required=True)
    escalated_at = fields.AwareDateTime(required=True, allow_none=True)
    escalation_reason = fields.String(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    transcripts = fields.List(fields.UUID(), required=True)


class OverrideV1(Schema):
    """Why an operator steps in; kept with their key's id. No words of a caller's."""

    reason = fields.String(required=True, validate=[validate.Length(1, 500), validate.ContainsNoneOf("\0")])


class OverriddenV1(Schema):
    """It is written down, and done within moments."""

    conversation_id = fields.UUID(required=True)
    act = fields.String(required=True)
