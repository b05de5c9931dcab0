"""What the API tells of conversations, runs, replies, escalations, events and effects, version 1."""

from marshmallow import Schema, fields, validate

from api.lists import ListQueryV1, one_of, word
from api.schemas import AnalysisV1, EffectV1, ReplyV1, RunV1
from domain.chain import EffectKind, EffectState, Purpose, RunState, Stage
from domain.speech import Channel
from domain.statuses import ConversationStatus, Phase


class _PageV1(Schema):
    """Newest first; next_cursor is null on the last page."""

    next_cursor = fields.String(required=True, allow_none=True)


class ConversationQueryV1(ListQueryV1):
    """Which conversations, by when they began."""

    provider_ref = word(description="the vendor's id of a call: CallSid")
    channel = one_of(Channel)
    status = one_of(ConversationStatus)
    phase = one_of(Phase)
    escalated = fields.Boolean()


class ConversationSummaryV1(Schema):
    """A call or a thread of text messages, without what was said in it."""

    id = fields.UUID(required=True)
    channel = fields.String(required=True)
    direction = fields.String(required=True, allow_none=True)
    our_number = fields.String(required=True, allow_none=True)
    their_number = fields.String(required=True, allow_none=True)
    status = fields.String(required=True)
    status_reason = fields.String(required=True, allow_none=True)
    phase = fields.String(required=True)
    turns = fields.Integer(required=True)
    escalated_at = fields.AwareDateTime(required=True, allow_none=True)
    escalation_reason = fields.String(required=True, allow_none=True)
    duration_seconds = fields.Integer(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class ConversationPageV1(_PageV1):
    """A page of conversations."""

    items = fields.List(fields.Nested(ConversationSummaryV1), required=True)


class RunQueryV1(ListQueryV1):
    """Which runs, by when they were opened."""

    transcript_id = fields.UUID()
    batch_id = fields.UUID()
    purpose = one_of(Purpose)
    state = one_of(RunState)
    stage = one_of(Stage)


class RunSummaryV1(Schema):
    """A run without its steps; attempts are those of the stage that it stands at."""

    id = fields.UUID(required=True)
    transcript_id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    batch_id = fields.UUID(required=True, allow_none=True)
    purpose = fields.String(required=True)
    state = fields.String(required=True)
    stage = fields.String(required=True)
    attempts = fields.Integer(required=True)
    engine = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    degraded = fields.Boolean(required=True)
    last_error = fields.String(required=True, allow_none=True)
    waiting_for = fields.String(required=True, allow_none=True)
    trace_id = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)


class RunPageV1(_PageV1):
    """A page of runs."""

    items = fields.List(fields.Nested(RunSummaryV1), required=True)


class TryV1(Schema):
    """One try of one step; without an outcome somebody is at it, or its worker was lost."""

    stage = fields.String(required=True)
    attempt = fields.Integer(required=True)
    queued_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    wait_ms = fields.Integer(required=True)
    run_ms = fields.Integer(required=True, allow_none=True)
    worker = fields.String(required=True)
    outcome = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    is_lost = fields.Boolean(required=True)


class RunDetailV1(Schema):
    """One run, whether it counts or not: its steps, every try of each, and what it found."""

    transcript_id = fields.UUID(required=True)
    conversation_id = fields.UUID(required=True)
    batch_id = fields.UUID(required=True, allow_none=True)
    run = fields.Nested(RunV1, required=True)
    tries = fields.List(fields.Nested(TryV1), required=True, metadata={"description": "oldest first, the first 200 at most"})
    utterances = fields.Integer(required=True, metadata={"description": "how many it has"})
    analysis = fields.Nested(AnalysisV1, required=True, allow_none=True)
    reply = fields.Nested(ReplyV1, required=True, allow_none=True)


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


class ReplyPageV1(_PageV1):
    """A page of replies."""

    items = fields.List(fields.Nested(ReplySummaryV1), required=True)


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


class EscalationV1(Schema):
    """A conversation in which a person was called for; open until the last call has reached somebody, or was settled."""

    conversation_id = fields.UUID(required=True)
    channel = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(["open", "answered"]))
    escalated_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True, allow_none=True)
    calls = fields.List(fields.Nested(HelpCallV1), required=True, metadata={"description": "oldest first; none: there was nobody to call"})


class EscalationPageV1(_PageV1):
    """A page of escalations."""

    items = fields.List(fields.Nested(EscalationV1), required=True)


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


class EventPageV1(_PageV1):
    """A page of deliveries."""

    items = fields.List(fields.Nested(EventV1), required=True)


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


class EffectPageV1(_PageV1):
    """A page of effects."""

    items = fields.List(fields.Nested(EffectSummaryV1), required=True)
