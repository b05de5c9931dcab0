"""What the API takes and gives of transcripts and their words, version 1: a promise, to which fields are added and never changed."""

from uuid import UUID

from marshmallow import Schema, fields, validate

from api.cursors import Cursor
from api.effect_schemas import EffectV1
from api.lists import ListQueryV1, PageV1, one_of, word
from api.result_schemas import AnalysisV1, ReplyV1
from api.run_schemas import RunV1
from domain.speech import Channel
from domain.statuses import ProcessingStatus, TranscriptStatus

MAX_UTTERANCES = 500


class TranscriptFiltersV1(Schema):
    """Which transcripts."""

    source_ref = word(description="The vendor's id: RecordingSid, MessageSid, request_id")
    conversation_id = fields.UUID()
    status = one_of(TranscriptStatus)
    processing_status = one_of(ProcessingStatus)
    channel = one_of(Channel)
    intent = word(description="of the run that counts, such as book_appointment")
    role_confidence_min = fields.Float(validate=validate.Range(0, 1), metadata={"description": "how sure it is who is who, 0..1"})
    role_confidence_max = fields.Float(validate=validate.Range(0, 1))
    escalated = fields.Boolean(metadata={"description": "whether a person was called for, or should have been, in its conversation"})


class TranscriptQueryV1(ListQueryV1, TranscriptFiltersV1):
    """Which transcripts to list; unknown parameters are refused."""


class UtteranceQueryV1(Schema):
    """Which part of what was said."""

    limit = fields.Integer(load_default=100, validate=validate.Range(1, MAX_UTTERANCES))
    cursor = Cursor(UUID, int)


class TranscriptSummaryV1(Schema):
    """One thing that was said to us, without its words."""

    id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    channel = fields.String(required=True)
    source = fields.String(required=True)
    source_ref = fields.String(required=True)
    turn = fields.Integer(required=True)
    status = fields.String(required=True, metadata={"description": "Speech: have the words arrived"})
    status_reason = fields.String(required=True, allow_none=True)
    processing_status = fields.String(required=True, metadata={"description": "AI: has the chain worked on them"})
    processing_reason = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)


class TranscriptPageV1(PageV1):
    """Newest first; next_cursor is null on the last page."""

    items = fields.List(fields.Nested(TranscriptSummaryV1), required=True)


class UtteranceV1(Schema):
    """One stretch of speech; times in ms from the start."""

    seq = fields.Integer(required=True)
    speaker = fields.Integer(required=True)
    role = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    confidence = fields.Float(required=True, allow_none=True)
    channel = fields.Integer(required=True)


class UtterancePageV1(PageV1):
    """In order; next_cursor is null on the last page."""

    items = fields.List(fields.Nested(UtteranceV1), required=True)


class TranscriptV1(TranscriptSummaryV1):
    """One transcript with everything that its run found so far."""

    utterances = fields.List(fields.Nested(UtteranceV1), required=True)
    analysis = fields.Nested(AnalysisV1, required=True, allow_none=True)
    reply = fields.Nested(ReplyV1, required=True, allow_none=True)
    run = fields.Nested(RunV1, required=True, allow_none=True)
    effects = fields.List(fields.Nested(EffectV1), required=True)
