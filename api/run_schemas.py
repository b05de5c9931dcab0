"""What the API takes and gives of runs, their steps and tries, version 1."""

from marshmallow import Schema, fields

from api.lists import ListQueryV1, PageV1, one_of
from api.result_schemas import AnalysisV1, ReplyV1
from domain.chain import Purpose, RunState, Stage


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


class RunPageV1(PageV1):
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
