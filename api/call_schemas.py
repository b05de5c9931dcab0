"""What the API gives of live calls, version 1."""

from marshmallow import Schema, fields

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
