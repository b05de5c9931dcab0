"""What the API takes and gives, version 1. Names and units are a promise: fields are added, never changed."""

from uuid import UUID

from marshmallow import Schema, fields, validate

from api.cursors import Cursor
from api.lists import ListQueryV1, one_of, word
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


class TranscriptPageV1(Schema):
    """Newest first; next_cursor is null on the last page."""

    items = fields.List(fields.Nested(TranscriptSummaryV1), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


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


class UtterancePageV1(Schema):
    """In order; next_cursor is null on the last page."""

    items = fields.List(fields.Nested(UtteranceV1), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


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


class ReplyV1(Schema):
    """What we answer, and who wrote it. ``fault`` says which rule refused the words that were written first; these took their place."""

    text = fields.String(required=True)
    channel = fields.String(required=True)
    template = fields.String(required=True, allow_none=True)
    fault = fields.String(required=True, allow_none=True)
    engine = fields.String(required=True)
    model = fields.String(required=True)


class StepV1(Schema):
    """One of the four steps; a step that nobody has begun has no times."""

    stage = fields.String(required=True)
    state = fields.String(required=True)
    attempts = fields.Integer(required=True)
    queued_at = fields.AwareDateTime(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    queue_wait_ms = fields.Integer(required=True, allow_none=True)
    run_ms = fields.Integer(required=True, allow_none=True)
    worker = fields.String(required=True, allow_none=True)
    provider = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    usage = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    price_usd = fields.Decimal(
        required=True, allow_none=True, as_string=True, metadata={"type": "string", "description": "null: no price is set"}
    )
    submission = fields.Integer(required=True, metadata={"description": "how often a recording was sent to the transcriber"})
    vendor_request_id = fields.String(required=True, allow_none=True)
    error_code = fields.String(required=True, allow_none=True)


class RunV1(Schema):
    """The run that counts or, before one does, the latest live one."""

    id = fields.UUID(required=True)
    state = fields.String(required=True)
    stage = fields.String(required=True)
    purpose = fields.String(required=True)
    engine = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    degraded = fields.Boolean(required=True, metadata={"description": "an offline engine stood in for a vendor that was down"})
    prompt_version = fields.String(required=True, allow_none=True)
    organization_version = fields.Integer(
        required=True, allow_none=True, metadata={"description": "the version of /v1/organization that it goes by; null before it begins"}
    )
    last_error = fields.String(required=True, allow_none=True)
    waiting_for = fields.String(required=True, allow_none=True)
    next_look_at = fields.AwareDateTime(required=True, allow_none=True)
    trace_id = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    steps = fields.List(fields.Nested(StepV1), required=True)


class EffectV1(Schema):
    """Something that left the house, or was to; neither number nor text."""

    kind = fields.String(required=True)
    state = fields.String(required=True)
    attempts = fields.Integer(required=True)
    provider = fields.String(
        required=True, allow_none=True, metadata={"description": "who was given it; local: it was recorded here and sent to nobody"}
    )
    provider_ref = fields.String(required=True, allow_none=True)
    delivery = fields.String(required=True, allow_none=True, metadata={"description": "what the telephone network says of a message"})
    delivery_code = fields.String(required=True, allow_none=True)
    last_error = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)


class TranscriptV1(TranscriptSummaryV1):
    """One transcript with everything that its run found so far."""

    utterances = fields.List(fields.Nested(UtteranceV1), required=True)
    analysis = fields.Nested(AnalysisV1, required=True, allow_none=True)
    reply = fields.Nested(ReplyV1, required=True, allow_none=True)
    run = fields.Nested(RunV1, required=True, allow_none=True)
    effects = fields.List(fields.Nested(EffectV1), required=True)


class UsageQueryV1(Schema):
    """How far to look back."""

    days = fields.Integer(load_default=31, validate=validate.Range(1, 366))


class UsageDayV1(Schema):
    """One day (UTC)."""

    day = fields.Date(required=True)
    speech_seconds = fields.Integer(required=True)
    llm_tokens = fields.Integer(required=True)


class UsageV1(Schema):
    """What was used, and what is left of today."""

    speech_seconds_left_today = fields.Integer(required=True)
    llm_tokens_left_today = fields.Integer(required=True)
    days = fields.List(fields.Nested(UsageDayV1), required=True)


class HealthV1(Schema):
    """The process is alive."""

    status = fields.String(required=True, validate=validate.Equal("ok"))


class ReadyV1(Schema):
    """Everything that a request needs is there."""

    status = fields.String(required=True, validate=validate.Equal("ready"))
