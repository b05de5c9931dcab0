"""Audio that is to be heard, and what was heard."""

import re
from base64 import b64decode
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from api.act_schemas import EXACTLY_ONE, exactly_one
from api.strict import spelled

# half an hour of telephone speech
MAX_AUDIO_BYTES = 16 * 1024 * 1024
CONTENT_TYPE = re.compile(r"^(audio|video)/[A-Za-z0-9.+-]{1,64}$(?!\n)", re.ASCII)
WAV = "audio/wav"
# the URL is never requested: account and recording are taken out of it
RECORDING_URL = re.compile(
    r"^https://[A-Za-z0-9.-]{1,200}/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Recordings/(RE[0-9a-fA-F]{32})(\.(wav|mp3|json))?$(?!\n)",
    re.ASCII,
)
_URL = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Recordings/RE{'0' * 32}"
RECORDING_SID = re.compile(r"^RE[0-9a-fA-F]{32}$(?!\n)", re.ASCII)


class Base64(fields.String):
    """Bytes, as RFC 4648 writes them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            read = b64decode(super()._deserialize(value, attr, data, **kwargs), validate=True)
        except ValueError:
            raise ValidationError("must be base64") from None
        if not 0 < len(read) <= MAX_AUDIO_BYTES:
            raise ValidationError(f"must be 1 to {MAX_AUDIO_BYTES} bytes of audio")
        return read


class TranscribeV1(Schema):
    """A piece of audio, or a recording of a call that Twilio keeps; exactly one of them."""

    audio = Base64(metadata={"format": "byte", "minLength": 4, "pattern": "^([A-Za-z0-9+/]{4})+$", "description": "The bytes as base64"})
    content_type = fields.String(load_default=WAV, validate=spelled(CONTENT_TYPE, WAV))
    recording_sid = fields.String(validate=spelled(RECORDING_SID, f"RE{'0' * 32}"))
    recording_url = fields.String(validate=spelled(RECORDING_URL, _URL), metadata={"description": "As Twilio names it to you"})

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _one_thing(self, _read: dict[str, Any], asked: object, **_: Any) -> None:
        exactly_one(asked, EXACTLY_ONE["TranscribeV1"])


class AudioFormV1(Schema):
    """The same piece of audio as a file of a form."""

    audio = fields.Raw(required=True, metadata={"type": "string", "format": "binary", "minLength": 1})


class HeardWordV1(Schema):
    """One word; times in ms from the start."""

    word = fields.String(required=True)
    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    confidence = fields.Float(required=True, allow_none=True)
    channel = fields.Integer(required=True)


class HeardUtteranceV1(Schema):
    """One stretch of speech."""

    speaker = fields.Integer(required=True)
    text = fields.String(required=True)
    start_ms = fields.Integer(required=True)
    end_ms = fields.Integer(required=True)
    confidence = fields.Float(required=True, allow_none=True)
    channel = fields.Integer(required=True)


class TranscribedV1(Schema):
    """What was heard. ``words`` is empty where the engine tells no single ones; ``confidence`` is null where nothing was heard."""

    text = fields.String(required=True)
    confidence = fields.Float(required=True, allow_none=True)
    words = fields.List(fields.Nested(HeardWordV1), required=True)
    utterances = fields.List(fields.Nested(HeardUtteranceV1), required=True)
    engine = fields.String(required=True)
    model = fields.String(required=True, allow_none=True)
