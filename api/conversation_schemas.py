"""What the API takes and gives of conversations, and of operators who step in, version 1."""

from marshmallow import Schema, fields, validate

from api.lists import ListQueryV1, PageV1, one_of, word
from domain.speech import Channel
from domain.statuses import ConversationStatus, Phase


class _AnyConversationV1(Schema):
    """A call or a thread of text messages."""

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


class ConversationQueryV1(ListQueryV1):
    """Which conversations, by when they began."""

    provider_ref = word(description="the vendor's id of a call: CallSid")
    channel = one_of(Channel)
    status = one_of(ConversationStatus)
    phase = one_of(Phase)
    escalated = fields.Boolean()


class ConversationSummaryV1(_AnyConversationV1):
    """A call or a thread of text messages, without what was said in it."""

    status_reason = fields.String(required=True, allow_none=True)
    turns = fields.Integer(required=True)
    duration_seconds = fields.Integer(required=True, allow_none=True)


class ConversationPageV1(PageV1):
    """A page of conversations."""

    items = fields.List(fields.Nested(ConversationSummaryV1), required=True)


class ConversationV1(_AnyConversationV1):
    """A call or a thread of text messages as it stands, with the ids of what was said in it, the newest first, 500 at most."""

    transcripts = fields.List(fields.UUID(), required=True)


class OverrideV1(Schema):
    """Why an operator steps in; kept with their key's id. No words of a caller's."""

    reason = fields.String(required=True, validate=[validate.Length(1, 500), validate.ContainsNoneOf("\0")])


class OverriddenV1(Schema):
    """It is written down, and done within moments."""

    conversation_id = fields.UUID(required=True)
    act = fields.String(required=True)
