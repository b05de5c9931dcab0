"""What must be in Twilio's bodies. It may add fields at any time, so others are let through unread; ids are checked by their pattern."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load
from marshmallow.validate import Length, OneOf, Range, Regexp

from domain.twilio import (
    CALL_STATUSES,
    MESSAGE_STATUSES,
    RECORDING_STATUSES,
    CallStatus,
    Intelligence,
    MessageStatus,
    RecordingStatus,
    Sms,
)

MAX_INT = 2**31 - 1
MAX_DURATION_S = MAX_INT // 1_000  # it is stored in ms
ADDRESS_CHARS = 256


def _sid(prefix: str) -> fields.String:
    return fields.String(required=True, validate=Regexp(rf"(?:{prefix})[0-9a-fA-F]{{32}}\Z", error="is not one of Twilio's ids"))


def _count(maximum: int, minimum: int = 0, default: int | None = None) -> fields.Integer:
    return fields.Integer(load_default=default, validate=Range(minimum, maximum))


def _word(values: Mapping[str, object]) -> fields.String:
    return fields.String(required=True, validate=OneOf(list(values)))


def _address(**presence: Any) -> fields.String:
    # E.164, client:…, sip:…, a short code, or a word such as "anonymous"
    return fields.String(validate=Length(1, ADDRESS_CHARS), **presence)


class TwilioFormV1(Schema):
    """A form of Twilio's: the first of repeated fields counts, blank means absent, and U+0000 cannot reach a text column."""

    class Meta:
        """Twilio adds fields unannounced."""

        unknown = EXCLUDE

    event: Callable[..., object]

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Twilio writes CallSid where we write call_sid."""
        field_obj.data_key = "".join(part.capitalize() for part in field_name.split("_"))

    @pre_load
    def _clean(self, form: Mapping[str, str], **_: Any) -> dict[str, str]:
        return {name: value.replace("\0", "\ufffd") for name, value in form.items() if value}

    @post_load
    def _made(self, values: dict[str, Any], **_: Any) -> object:
        return self.event(**values)


class TwilioCallStatusV1(TwilioFormV1):
    """A call's status callback."""

    event = CallStatus
    call_sid = _sid("CA")
    call_status = _word(CALL_STATUSES)
    sequence_number = _count(MAX_INT, default=0)
    direction = fields.String(load_default=None, validate=Length(1, 32))
    from_ = _address(load_default=None)
    to = _address(load_default=None)
    call_duration = _count(MAX_INT)


class TwilioRecordingStatusV1(TwilioFormV1):
    """A recording's status callback."""

    event = RecordingStatus
    call_sid = _sid("CA")
    recording_sid = _sid("RE")
    recording_status = _word(RECORDING_STATUSES)
    recording_duration = _count(MAX_DURATION_S, minimum=-1)  # -1 stands for "not known yet" in Twilio's recording resource
    recording_channels = _count(2)


class TwilioMessageStatusV1(TwilioFormV1):
    """A sent message's status callback."""

    event = MessageStatus
    message_sid = _sid("SM|MM")
    message_status = _word(MESSAGE_STATUSES)
    error_code = fields.String(load_default=None, validate=Regexp(r"[0-9]{1,10}\Z", error="is not a number"))


class TwilioIntelligenceV1(Schema):
    """A notice of Conversational Intelligence, a JSON object that names service, transcript and event."""

    class Meta:
        """Twilio adds fields unannounced."""

        unknown = EXCLUDE

    service_sid = _sid("GA")
    transcript_sid = _sid("GT")
    event_type = fields.String(required=True, validate=Regexp(r"[a-z][a-z0-9_.-]{0,99}\Z", error="is not the name of an event"))

    @post_load
    def _made(self, values: dict[str, Any], **_: Any) -> Intelligence:
        return Intelligence(values["transcript_sid"], values["event_type"])


class TwilioSmsV1(TwilioFormV1):
    """An incoming text or picture message."""

    event = Sms
    message_sid = _sid("SM|MM")
    from_ = _address(required=True)
    to = _address(required=True)
