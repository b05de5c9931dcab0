"""Enters again what a stored delivery implies, from its own bytes: for a delivery whose rows are missing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl
from uuid import UUID

import settings
from db import organizations
from db.events import store_notice, store_sms, store_status, store_words
from domain.deliveries import Envelope, Stored
from domain.telephony.twilio import PROVIDER as TWILIO
from domain.telephony.twilio import CallStatus, RecordingStatus, Sms
from webhooks.deepgram.envelope import read
from webhooks.deepgram.events import FAILED, WORDS, Callback
from webhooks.deepgram.events import PROVIDER as DEEPGRAM
from webhooks.twilio.schemas import TwilioCallStatusV1, TwilioRecordingStatusV1, TwilioSmsV1


def enter(organization_id: UUID, envelope: Envelope, said_at: datetime) -> Stored | None:
    """Store what the front would have, as a delivery of ``envelope``'s own key; None for a kind that implies nothing of its own.

    ``said_at`` is when it came: what is said then is no news now. Raises StoreUnavailable.
    """
    entry = _ENTRIES.get((envelope.provider, envelope.kind))
    return entry(organization_id, envelope, said_at) if entry else None


def read_again(provider: str, kind: str, body: bytes) -> str | None:
    """The kind of a document that was kept as one that nobody could read, if this release can; None if it cannot, or if it is another."""
    if (provider, kind) != (DEEPGRAM, FAILED) or not body:
        return None
    now = Callback.of(read(body), body).kind
    return now if now != kind else None


def _sms(organization_id: UUID, envelope: Envelope, said_at: datetime) -> Stored:
    event: Sms = TwilioSmsV1().load(_form(envelope))
    organization = organizations.fetch(organization_id)
    if organization is None or organization.is_helper(event.from_):
        return store_notice(organization_id, envelope)
    said = replace(event.transcript(), said_at=said_at)
    return store_sms(
        organization_id, envelope, event.conversation(settings.current().secret_key), said, event.heard(organization.alarm_words)
    )


def _recording(organization_id: UUID, envelope: Envelope, said_at: datetime) -> Stored:
    event: RecordingStatus = TwilioRecordingStatusV1().load(_form(envelope))
    transcript = event.transcript()
    if transcript is None:
        return store_status(organization_id, envelope, event.conversation())
    return store_words(organization_id, envelope, event.conversation(), replace(transcript, said_at=said_at))


def _call(organization_id: UUID, envelope: Envelope, _: datetime) -> Stored:
    event: CallStatus = TwilioCallStatusV1().load(_form(envelope))
    return store_status(organization_id, envelope, event.conversation())


def _callback(organization_id: UUID, envelope: Envelope, said_at: datetime) -> Stored:
    # only what came unasked can have lost its transcript: the answer to a job is never stored without it
    outcome = Callback.of(read(envelope.body), envelope.body)
    return store_words(organization_id, envelope, outcome.conversation(), replace(outcome.transcript(), said_at=said_at))


def _form(envelope: Envelope) -> dict[str, str]:
    form: dict[str, str] = {}
    for name, value in parse_qsl(envelope.body.decode(errors="replace"), keep_blank_values=True):
        form.setdefault(name, value)
    return form


Entry = Callable[[UUID, Envelope, datetime], Stored]
_ENTRIES: Mapping[tuple[str, str], Entry] = {
    (TWILIO, Sms.kind): _sms,
    (TWILIO, RecordingStatus.kind): _recording,
    (TWILIO, CallStatus.kind): _call,
    (DEEPGRAM, WORDS): _callback,
    (DEEPGRAM, FAILED): _callback,
}
