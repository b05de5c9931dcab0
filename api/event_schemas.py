"""What the API takes and gives of deliveries, version 1."""

from marshmallow import Schema, fields

from api.lists import ListQueryV1, PageV1, word


class EventQueryV1(ListQueryV1):
    """Which deliveries of vendors, by when they came."""

    provider = word(description="twilio, deepgram")
    kind = word(description="such as sms, call_status, callback")
    subject = word(description="the vendor's id: CallSid, MessageSid, request_id")
    conversation_id = fields.UUID()
    transcript_id = fields.UUID()


class EventV1(Schema):
    """A delivery of a vendor's without its body."""

    id = fields.UUID(required=True)
    provider = fields.String(required=True)
    kind = fields.String(required=True)
    subject = fields.String(required=True)
    conversation_id = fields.UUID(required=True, allow_none=True)
    transcript_id = fields.UUID(required=True, allow_none=True)
    body_size = fields.Integer(required=True, metadata={"description": "bytes, as it came"})
    body_sha256 = fields.String(required=True, metadata={"description": "hexadecimal; empty once somebody was erased"})
    is_kept = fields.Boolean(required=True, metadata={"description": "false: its body was emptied"})
    trace_id = fields.String(required=True)
    received_at = fields.AwareDateTime(required=True)
    duplicate_count = fields.Integer(required=True)


class EventPageV1(PageV1):
    """A page of deliveries."""

    items = fields.List(fields.Nested(EventV1), required=True)
