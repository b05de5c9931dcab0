"""Jobs as they are shown, and what a batch is asked for with."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from api.strict import MOMENT, Whole, spelled
from domain.batches import CRITERION, Criterion
from domain.chain import Stage
from domain.jobs import JobKind, JobState

MAX_CRITERIA = 10
STEPS = [stage.value for stage in Stage if stage is not Stage.PERSIST]
_MODEL, _PROMPT, _NAME = r"^[\w.:/-]{1,100}$(?!\n)", r"^[a-z]+-[0-9]{1,4}$(?!\n)", r"^[A-Za-z0-9_.:+-]{1,100}$(?!\n)"


class JobV1(Schema):
    """Something that was asked for. It, its request and its result are forgotten at ``expires_at``."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(JobKind)))
    state = fields.String(required=True, validate=validate.OneOf(list(JobState)))
    result = fields.Dict(keys=fields.String(), required=True, allow_none=True, metadata={"description": "What the route answers at once"})
    error_code = fields.String(
        required=True, allow_none=True, metadata={"description": "Why it failed or, while it is pending, why it was put off"}
    )
    attempts = fields.Integer(required=True)
    retry_in_s = fields.Float(
        required=True, allow_none=True, metadata={"description": "It was put off: nobody takes it before, in seconds"}
    )
    trace_id = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True)


class ConfirmV1(Schema):
    """What somebody agrees to: the plan of a job before, as it said."""

    usd = fields.String(required=True, validate=spelled(re.compile(r"^[0-9]{1,9}(\.[0-9]{1,8})?$(?!\n)", re.ASCII), "0.25"))
    calls = Whole(required=True, validate=validate.Range(0, 2**31 - 1))


class ReprocessV1(Schema):
    """Which stored conversations are worked on again, and what is done otherwise (docs/reprocessing.md)."""

    since = fields.AwareDateTime(required=True, error_messages=MOMENT)
    until = fields.AwareDateTime(required=True, error_messages=MOMENT)
    where = fields.List(
        fields.String(validate=validate.Length(1, 200), metadata={"pattern": f"^({CRITERION})$"}),
        load_default=list,
        validate=validate.Length(max=MAX_CRITERIA),
        metadata={"description": "As the command line's --where: intent=refund, escalated, …; all must hold"},
    )
    from_step = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STEPS))
    prompt = fields.String(load_default=None, allow_none=True, validate=spelled(re.compile(_PROMPT, re.ASCII), "reply-4"))
    model = fields.String(load_default=None, allow_none=True, validate=spelled(re.compile(_MODEL, re.ASCII), "gpt-4o-mini"))
    name = fields.String(load_default=None, allow_none=True, validate=spelled(re.compile(_NAME, re.ASCII), "refunds-of-may"))
    confirm = fields.Nested(
        ConfirmV1,
        load_default=None,
        allow_none=True,
        metadata={"description": "Without it nobody is paid: the job only says what it takes"},
    )

    @validates_schema
    def _possible(self, asked: dict[str, Any], **_: Any) -> None:
        for place, said in enumerate(asked["where"]):
            try:
                Criterion.read(said)
            except ValueError as error:
                raise ValidationError({place: [str(error)]}, "where") from None


class PlanV1(Schema):
    """What a batch takes: runs, calls of vendors, their price as far as prices are known."""

    runs = fields.Integer(required=True)
    calls = fields.Integer(required=True)
    usd = fields.String(required=True)
    unpriced_calls = fields.Integer(required=True)
    seconds = fields.Integer(required=True)


class ReprocessedV1(Schema):
    """The plan and, if it was agreed to or costs nothing, the batch."""

    plan = fields.Nested(PlanV1, required=True)
    opened = fields.Boolean(required=True)
    batch = fields.String(required=True, allow_none=True)
    batch_id = fields.UUID(required=True, allow_none=True)
