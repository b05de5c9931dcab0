"""Twilio's form bodies → our words; and what its REST API says, in the form that its webhook would have had. Pure."""

from email.utils import format_datetime
from urllib.parse import parse_qs, urlencode

from domain.errors import PermanentError
from domain.speech import Utterance
from domain.telephony.history import CallRecording, Message
from domain.telephony.twilio import CallStatus, MessageStatus


def message(body: bytes) -> Utterance:
    """The text of an incoming SMS as one utterance of speaker 0. Raises PermanentError if the body is not a form in UTF-8."""
    return Utterance(seq=0, speaker=0, text=fields(body).get("Body", ""), start_ms=0, end_ms=0)


def turn(body: bytes) -> Utterance:
    """What a caller said in one turn of a live call, or else the keys pressed in it, as one utterance of speaker 0.

    Raises PermanentError if the body is not a form in UTF-8.
    """
    told = fields(body)
    text = told.get("SpeechResult", "").strip() or told.get("Digits", "")
    return Utterance(seq=0, speaker=0, text=text, start_ms=0, end_ms=0, confidence=confidence(told.get("Confidence")))


def fields(body: bytes) -> dict[str, str]:
    """A form, of repeated fields the first. Raises PermanentError if the body is none in UTF-8."""
    try:
        told = parse_qs(body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise PermanentError("twilio:unreadable_payload") from None
    return {name: values[0].replace("\0", "\N{REPLACEMENT CHARACTER}") for name, values in told.items()}


def confidence(told: object) -> float | None:
    """How sure Twilio is of what it heard, 0..1; None if it does not say so."""
    try:
        sure = float(str(told))
    except ValueError:
        return None
    return sure if 0 <= sure <= 1 else None


def message_form(account: str, told: Message) -> bytes:
    """A message as ``message`` reads it."""
    return _form(
        AccountSid=account,
        MessageSid=told.sid,
        SmsStatus=told.status,
        From=told.sender,
        To=told.target,
        Body=told.body,
        DateCreated=format_datetime(told.created_at),
    )


def recording_form(account: str, told: CallRecording, call: CallStatus | None) -> bytes:
    """A recording together with its call, as far as Twilio knows it."""
    of_call = {"CallStatus": call.call_status, "Direction": call.direction, "From": call.from_, "To": call.to} if call else {}
    return _form(
        AccountSid=account,
        CallSid=told.call_sid,
        RecordingSid=told.sid,
        RecordingStatus=told.status,
        RecordingDuration=told.seconds,
        RecordingChannels=told.channels,
        CallDuration=call.call_duration if call else None,
        DateCreated=format_datetime(told.created_at),
        **of_call,
    )


def call_form(account: str, told: CallStatus) -> bytes:
    """A call as Twilio's status callback tells of it."""
    return _form(
        AccountSid=account,
        CallSid=told.call_sid,
        CallStatus=told.call_status,
        Direction=told.direction,
        From=told.from_,
        To=told.to,
        CallDuration=told.call_duration,
    )


def report_form(account: str, told: MessageStatus) -> bytes:
    """A message of ours as Twilio's status callback tells of it."""
    return _form(AccountSid=account, MessageSid=told.message_sid, MessageStatus=told.message_status, ErrorCode=told.error_code)


def _form(**fields: str | int | None) -> bytes:
    return urlencode({name: value for name, value in fields.items() if value is not None}).encode()
