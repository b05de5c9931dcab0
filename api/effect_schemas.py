"""What the API takes and gives of what left the house, version 1."""

from marshmallow import Schema, fields

from api.lists import ListQueryV1, PageV1, one_of
from domain.chain import EffectKind, EffectState


class EffectV1(Schema):
    """Something that left the house, or was to; neither number nor text."""

    kind = fields.String(required=True)
    state = fields.String(required=True)
    attempts = fields.Integer(required=True)
    provider = fields.String(
        required=True, allow_none=True, metadata={"description": "who was given it; local: it was recorded here and sent to nobody"}
    )
    provider_ref = fields.String(required=True, allow_none=True)
    delivery = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "what the telephone network says of a message; dialed:…: how the call to a person ended"},
    )
    delivery_code = fields.String(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)


class EffectQueryV1(ListQueryV1):
    """Which effects, by when they were decided."""

    conversation_id = fields.UUID()
    transcript_id = fields.UUID()
    kind = one_of(EffectKind)
    state = one_of(EffectState)


class EffectSummaryV1(EffectV1):
    """Something that left the house, or was to, and what for."""

    id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    transcript_id = fields.UUID(required=True, allow_none=True)
    run_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    trace_id = fields.String(required=True)


class EffectPageV1(PageV1):
    """A page of effects."""

    items = fields.List(fields.Nested(EffectSummaryV1), required=True)
