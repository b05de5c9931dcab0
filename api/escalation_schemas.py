"""What the API takes and gives of calls for a person, version 1."""

from marshmallow import Schema, fields, validate

from api.lists import ListQueryV1, PageV1, one_of, word
from domain.speech import Channel


class EscalationQueryV1(ListQueryV1):
    """Which conversations that a person was called for, by when."""

    status = fields.String(validate=validate.OneOf(["open", "answered"]))
    channel = one_of(Channel)
    reason = word(description="the rule of safety that it met, or operator, asked_for_person, …")


class EvidenceV1(Schema):
    """The utterance that a rule of safety fired for."""

    run_id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    role = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)


class HelpCallV1(Schema):
    """One call for a person, and how it went."""

    id = fields.UUID(required=True, metadata={"description": "the effect's id"})
    transcript_id = fields.UUID(required=True, allow_none=True)
    reason = fields.String(required=True)
    state = fields.String(required=True)
    delivery = fields.String(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)
    evidence = fields.Nested(EvidenceV1, required=True, allow_none=True)


class DialV1(Schema):
    """A call that the caller was put through to, and how it ended."""

    id = fields.UUID(required=True, metadata={"description": "the id of the effect that is the reply to that turn"})
    transcript_id = fields.UUID(required=True, allow_none=True, metadata={"description": "the turn that was put through"})
    outcome = fields.String(
        required=True,
        metadata={"description": "completed or answered: somebody took it, or their voicemail; busy, no-answer, failed, canceled: nobody"},
    )
    created_at = fields.AwareDateTime(required=True)


class EscalationV1(Schema):
    """A conversation in which a person was called for; open until the last call has reached somebody, or was settled."""

    conversation_id = fields.UUID(required=True)
    channel = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["open", "answered"]))
    escalated_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True, allow_none=True)
    calls = fields.List(fields.Nested(HelpCallV1), required=True, metadata={"description": "oldest first; none: there was nobody to call"})
    dials = fields.List(
        fields.Nested(DialV1), metadata={"description": "calls that the caller was put through to and that have ended, oldest first"}
    )


class EscalationPageV1(PageV1):
    """A page of escalations."""

    items = fields.List(fields.Nested(EscalationV1), required=True)
