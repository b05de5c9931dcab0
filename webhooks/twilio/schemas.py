"""What must be in Twilio's bodies. It may add fields at any time, so others are let through unread; ids are checked by their pattern."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load
from marshmallow.validate import Length, OneOf, Range, Regexp

from domain.telephony.call_flow import MOST_WAITS, TURNS_AT_MOST
from domain.telephony.twilio import (
    CALL_STATUSES,
    MESSAGE_STATUSES,
    RECORDING_STATUSES,
    CallStatus,
    Intelligence,
    MessageStatus,
    RecordingStatus,
    Sms,
)
from domain.telephony.twilio_voice import (
    DIAL_STATUSES,
    TRANSCRIPTION_EVENTS,
    Dialed,
    Gather,
    GatherPartial,
    LiveTranscription,
    Redirected,
    VoiceCall,
)

MAX_INT = 2**31 - 1
MAX_DURATION_S = MAX_INT // 1_000  # it is stored in ms
ADDRESS_CHARS = 256
# as many as Twilio lets through
MAX_MEDIA = 10
UNKNOWN_MEDIA = "application/octet-stream"
_CONTENT_TYPE = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,64}")


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


class TwilioVoiceV1(TwilioFormV1):
    """Somebody calls; every request of a live call has these."""

    event: Callable[..., object] = VoiceCall
    call_sid = _sid("CA")
    call_status = _word(CALL_STATUSES)
    direction = fields.String(load_default=None, validate=Length(1, 32))
    from_ = _address(load_default=None)
    to = _address(load_default=None)


class _OfATurnV1(TwilioVoiceV1):
    """``turn`` is ours: it stands in the URL, which is signed."""

    turn = fields.Integer(required=True, validate=Range(1, TURNS_AT_MOST))


class TwilioGatherV1(_OfATurnV1):
    """What was said in a turn, or which keys were pressed."""

    event = Gather
    silent = _count(TURNS_AT_MOST, default=0)
    speech_result = fields.String(load_default="")
    digits = fields.String(load_default="", validate=Length(max=ADDRESS_CHARS))
    reply = fields.UUID(load_default=None)


class TwilioGatherPartialV1(_OfATurnV1):
    """What a turn sounds like so far."""

    event = GatherPartial
    sequence_number = _count(MAX_INT, default=0)
    stable_speech_result = fields.String(load_default="")
    unstable_speech_result = fields.String(load_default="")


class TwilioRedirectV1(_OfATurnV1):
    """The call asks for the reply to a turn."""

    event = Redirected
    waited = fields.Integer(required=True, validate=Range(0, MOST_WAITS))


class TwilioDialedV1(_OfATurnV1):
    """What became of a call that was put through."""

    event = Dialed
    dial_call_status = fields.String(required=True, validate=OneOf(DIAL_STATUSES))
    emergency = _count(1, default=0)


class TwilioTranscriptionV1(TwilioFormV1):
    """An event of a real-time transcription."""

    event = LiveTranscription
    call_sid = _sid("CA")
    transcription_sid = _sid("GT")
    sequence_id = fields.Integer(required=True, validate=Range(0, MAX_INT))
    transcription_event = fields.String(required=True, validate=OneOf(TRANSCRIPTION_EVENTS))
    final = fields.String(load_default="true", validate=OneOf(["true", "false"]))
    transcription_error_code = fields.String(load_default=None, validate=Regexp(r"[0-9]{1,10}\Z", error="is not a number"))


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
    body = fields.String(load_default="")
    opt_out_type = fields.String(load_default=None)
    media = fields.Raw(load_default=())

    @pre_load
    def _clean(self, form: Mapping[str, str], **_: Any) -> dict[str, Any]:
        cleaned: dict[str, Any] = super()._clean(form)
        return cleaned | {"Media": _media(cleaned)}


def _media(form: Mapping[str, str]) -> tuple[str, ...]:
    """The content types of what came with a message. A message is never refused for what is the matter with its pictures."""
    told = form.get("NumMedia", "")
    count = min(int(told), MAX_MEDIA) if told.isdecimal() and len(told) <= MAX_MEDIA else 0
    named = (form.get(f"MediaContentType{place}", "").lower() for place in range(count))
    return tuple(name if _CONTENT_TYPE.fullmatch(name) else UNKNOWN_MEDIA for name in named)
