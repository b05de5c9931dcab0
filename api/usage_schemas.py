"""What the API takes and gives of what was used, version 1."""

from marshmallow import Schema, fields, validate


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
