"""What /api/call and /api/realtime take and give, version 1."""

from marshmallow import Schema, fields, validate

from api.streaming_schemas import MAX_NUMBER, MAX_SEQUENCE, MAX_TEXT, NO_NUL
from api.strict import Flag, Whole
from domain.speech import Role
from domain.statuses import ConversationStatus, Phase
from domain.understanding.intake import MAX_CHARS, MAX_FIELDS

MAX_REFERENCE, MAX_REASON, MAX_MS = 200, 500, 24 * 3_600_000
_SIDES = [Role.CUSTOMER.value, Role.AGENT.value]
_PHASES = [phase.value for phase in Phase]
_NUMBER = [validate.Length(1, MAX_NUMBER), NO_NUL]
_VALUE = {
    "description": "Its value as the caller told it; null for what was not told",
    "oneOf": [{"type": "string", "maxLength": 4 * MAX_CHARS}, {"type": "number"}, {"type": "boolean"}, {"type": "null"}],
}
# how a person is called for, by what the assistant says of it; docs/api-calls.md says in which words
DANGER, PERSON, UNSURE = "danger", "person", "unsure"


def _reason(*, required: bool) -> fields.String:
    return fields.String(
        required=required,
        validate=[validate.Length(1, MAX_REASON), NO_NUL],
        metadata={"description": "Kept beside the act; no words of a caller's"},
    )


def _intake() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(), values=fields.Raw(allow_none=True), required=True, metadata={"description": "What was captured, by field"}
    )


class CallStartV1(Schema):
    """A call that a program of yours takes."""

    reference = fields.String(
        required=True,
        validate=[validate.Length(1, MAX_REFERENCE), NO_NUL],
        metadata={"description": "Your own name of the call: told again it is the same call"},
    )
    direction = fields.String(load_default="inbound", validate=validate.OneOf(["inbound", "outbound"]))
    our_number = fields.String(validate=_NUMBER)
    their_number = fields.String(validate=_NUMBER, metadata={"description": "Whom to call back: +15551234567"})


class CallStartedV1(Schema):
    """The call, as we know it from now on."""

    call_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    phase = fields.String(required=True, validate=validate.OneOf(_PHASES))
    status = fields.String(required=True, validate=validate.OneOf([status.value for status in ConversationStatus]))


class CallEndV1(Schema):
    """Which call is over."""

    call_id = fields.UUID(required=True)
    reason = _reason(required=False)


class CallEndedV1(Schema):
    """The call at its end."""

    call_id = fields.UUID(required=True)
    status = fields.String(required=True)
    phase = fields.String(required=True, validate=validate.OneOf(_PHASES))
    ended_at = fields.AwareDateTime(required=True)
    transcript_id = fields.UUID(required=True, allow_none=True, metadata={"description": "What was said; null if nothing was"})
    run_id = fields.UUID(required=True, allow_none=True)
    buffer = fields.String(
        required=True,
        validate=validate.OneOf(["kept", "lost"]),
        metadata={"description": "lost: Redis forgot what was said before, or some of it; all else of the call is there"},
    )
    intake_data = _intake()


class SaidV1(Schema):
    """Something that was said in the call."""

    sequence = Whole(required=True, validate=validate.Range(1, MAX_SEQUENCE), metadata={"description": "1, 2, 3 …"})
    role = fields.String(required=True, validate=validate.OneOf(_SIDES))
    text = fields.String(required=True, validate=[validate.Length(1, MAX_TEXT), NO_NUL])
    start_ms = Whole(validate=validate.Range(0, MAX_MS), allow_none=True, load_default=None)
    end_ms = Whole(validate=validate.Range(0, MAX_MS), allow_none=True, load_default=None)


class SaidTakenV1(Schema):
    """What became of it."""

    call_id = fields.UUID(required=True)
    outcome = fields.String(required=True, validate=validate.OneOf(["taken", "held", "duplicate"]))
    next_sequence = fields.Integer(required=True, metadata={"description": "The number that is waited for"})
    escalated = fields.Boolean(required=True, metadata={"description": "A rule of safety was met by it, and a person is called"})


class CallStateV1(Schema):
    """How a call stands."""

    call_id = fields.UUID(required=True)
    org_id = fields.UUID(required=True)
    phase = fields.String(required=True, validate=validate.OneOf(_PHASES))
    transcripts = fields.List(
        fields.Nested(SaidV1), required=True, metadata={"description": "In order, while the call goes on; then they are a transcript"}
    )
    escalated = fields.Boolean(required=True)
    escalation_reason = fields.String(required=True, allow_none=True)
    intake_data = _intake()
    updated_at = fields.AwareDateTime(required=True)


class EscalateCallV1(Schema):
    """Why a person is needed."""

    kind = fields.String(
        load_default=UNSURE,
        validate=validate.OneOf([DANGER, PERSON, UNSURE]),
        metadata={"description": "danger: somebody may be hurt; person: the caller asks for one; unsure: the assistant does not know"},
    )
    reason = _reason(required=True)


class EscalatedV1(Schema):
    """Whether a person is called."""

    call_id = fields.UUID(required=True)
    escalated = fields.Boolean(required=True)
    already = fields.Boolean(required=True, metadata={"description": "A person was called before; nobody is called twice"})


class CaptureIntakeV1(Schema):
    """What the caller told."""

    fields_ = fields.Dict(
        data_key="fields",
        attribute="fields",
        keys=fields.String(validate=[validate.Length(1, 100), NO_NUL]),
        values=fields.Raw(allow_none=True, metadata=_VALUE),
        required=True,
        validate=validate.Length(1, MAX_FIELDS),
        metadata={"minProperties": 1, "maxProperties": MAX_FIELDS, "keys": r"^[^\u0000]{1,100}$"},
    )


class CapturedIntakeV1(Schema):
    """What is known now, and what is to be asked again."""

    call_id = fields.UUID(required=True)
    phase = fields.String(required=True, validate=validate.OneOf(_PHASES))
    intake_data = _intake()
    refused = fields.List(
        fields.String(), required=True, metadata={"description": "Fields that nobody asks for, or whose value does not fit"}
    )
    missing = fields.List(fields.String(), required=True, metadata={"description": "Fields that are asked for and not known yet"})


class TerminateCallV1(Schema):
    """Why the call ends."""

    reason = _reason(required=True)
    force = Flag(
        load_default=False,
        metadata={"description": "End it even while a person is called for an emergency; needs the scope admin"},
    )
