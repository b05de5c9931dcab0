"""What Twilio's API says is kept in the form that its webhook would have had, so that whoever reads it later need not know."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs

from hypothesis import given
from hypothesis import strategies as st

from domain.telephony.history import CallRecording, Message
from domain.telephony.twilio import ASKED_FOR, CallStatus, RecordingStatus, Sms
from providers.twilio.mapping import message, message_form, recording_form
from tests.support.twilio_api import ACCOUNT, CALL, MESSAGE, RECORDING
from webhooks.twilio.schemas import TwilioRecordingStatusV1, TwilioSmsV1

WHEN = datetime(2026, 11, 20, 22, tzinfo=UTC)
SAID = Message(MESSAGE, "inbound", "received", WHEN, "+15005550199", "+15005550100", "When do you open?")
RECORDED = CallRecording(RECORDING, CALL, "completed", WHEN, 61, 2)


def _fields(form: bytes) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(form.decode(), keep_blank_values=True).items()}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_the_words_of_a_message_are_read_as_they_were_written(words: str) -> None:
    assert message(message_form(ACCOUNT, replace(SAID, body=words))).text == words


def test_a_message_reads_as_the_webhook_that_never_came() -> None:
    assert TwilioSmsV1().load(_fields(message_form(ACCOUNT, SAID))) == Sms(MESSAGE, "+15005550199", "+15005550100", SAID.body)


def test_a_recording_reads_as_the_webhook_that_never_came() -> None:
    call = CallStatus(CALL, "completed", ASKED_FOR, "inbound", "+15005550199", "+15005550100", 70)
    for known in (call, None):
        told = TwilioRecordingStatusV1().load(_fields(recording_form(ACCOUNT, RECORDED, known)))
        assert told == RecordingStatus(CALL, RECORDING, "completed", 61, 2)


def test_what_is_not_known_is_not_in_the_form() -> None:
    fields = _fields(recording_form(ACCOUNT, replace(RECORDED, seconds=None, channels=None), None))
    assert set(fields) == {"AccountSid", "CallSid", "RecordingSid", "RecordingStatus", "DateCreated"}
