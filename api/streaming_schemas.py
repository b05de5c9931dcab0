"""What /v1/streaming takes and gives, version 1."""

from marshmallow import Schema, fields, validate

from api.strict import Flag, Whole

MAX_TEXT, MAX_NUMBER, MAX_SEQUENCE = 8_000, 100, 1_000_000
_TAKEN = ("taken", "held", "duplicate")
NO_NUL = validate.ContainsNoneOf("\0")


class StreamingSessionCreateV1(Schema):
    """Who is heard, if anybody knows."""

    their_number = fields.String(
        validate=[validate.Length(1, MAX_NUMBER), NO_NUL],
        metadata={"description": "Whom to call back: +15551234567, a client or a sip address"},
    )


class StreamingSessionV1(Schema):
    """A session, for as long as pieces come."""

    session_id = fields.UUID(required=True)
    expires_at = fields.AwareDateTime(required=True, metadata={"description": "Each piece puts it off"})
    next_sequence = fields.Integer(required=True)


class StreamingPartialV1(Schema):
    """A piece of what is said."""

    session_id = fields.UUID(required=True)
    sequence = Whole(required=True, validate=validate.Range(1, MAX_SEQUENCE), metadata={"description": "1, 2, 3 … in this session"})
    text = fields.String(
        required=True,
        validate=[validate.Length(0, MAX_TEXT), NO_NUL],
        metadata={"description": "All that was heard so far; it takes the place of what the piece before it said"},
    )
    final = Flag(load_default=False, metadata={"description": "Nothing comes after it"})


class StreamingPartialTakenV1(Schema):
    """What became of a piece."""

    session_id = fields.UUID(required=True)
    outcome = fields.String(
        required=True,
        validate=validate.OneOf(_TAKEN),
        metadata={"description": "held: pieces before it have not come; duplicate: it was there already"},
    )
    next_sequence = fields.Integer(required=True, metadata={"description": "The piece that is waited for"})
    expires_at = fields.AwareDateTime(required=True)
    whole = fields.Boolean(required=True, metadata={"description": "The final piece and all before it are there"})
    transcript_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Where what was said is worked on, once it is whole"}
    )
    escalated = fields.Boolean(required=True, metadata={"description": "A rule of safety was met by it, and a person is called"})
