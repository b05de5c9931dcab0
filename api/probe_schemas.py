"""What a host is told that looks after us, version 1."""

from marshmallow import Schema, fields, validate


class HealthV1(Schema):
    """The process is alive."""

    status = fields.String(required=True, validate=validate.Equal("ok"))


class ReadyV1(Schema):
    """Everything that a request needs is there."""

    status = fields.String(required=True, validate=validate.Equal("ready"))
