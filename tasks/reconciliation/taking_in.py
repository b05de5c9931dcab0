"""What a vendor's lists hold that concerns us, and how it is taken in if nobody told us: through the same door as the webhook."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol
from uuid import uuid4

import settings
from db import organizations
from db.events import store_notice, store_sms, store_words
from domain.deliveries import ORIGIN_HEADER, ConversationSeed, Envelope, Stored, dedupe_key
from domain.healing import Listed
from domain.telephony.history import Account, CallRecording, Message, Page
from domain.telephony.twilio import CALL_STATUSES, PROVIDER, RECORDING_STATUSES, CallStatus, MessageStatus, RecordingStatus, Sms
from providers import registry
from providers.twilio.mapping import message_form, recording_form
from tasks import dispatch
from tasks.asking import ask

Event = Sms | RecordingStatus

# which kind of event a webhook tells of what is listed
EVENT_KINDS: Mapping[Listed, str] = {Listed.MESSAGES: Sms.kind, Listed.RECORDINGS: RecordingStatus.kind}

# no webhook can carry the second one into the store: nobody takes what we asked for to be signed
HEADERS: Mapping[str, str] = {"content-type": "application/x-www-form-urlencoded", ORIGIN_HEADER: "reconciliation"}

_UNFINISHED = frozenset({"in-progress", "paused", "stopped", "processing"})


class Missable(Protocol):
    """Something listed that a webhook may have told us, or may yet."""

    @property
    def sid(self) -> str:
        """The vendor's id of it."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was begun."""
        ...

    @property
    def event(self) -> Event | None:
        """What the webhook would have told of it by now; None if there is nothing to tell, or not yet."""
        ...

    @property
    def is_unfinished(self) -> bool:
        """Whether there will be something to tell."""
        ...

    @property
    def told_at(self) -> datetime:
        """When its webhook was sent, at the earliest."""
        ...

    @property
    def call_sid(self) -> str | None:
        """The call that it belongs to, if it belongs to one."""
        ...

    def our_number(self) -> str | None:
        """The number of the account that it concerns, if that can be told. Raises what ``ask`` raises."""
        ...

    def complete(self) -> None:
        """Ask for what the list does not tell and ``take_in`` needs. Raises what ``ask`` raises."""
        ...

    def take_in(self) -> Stored:
        """Store the event and what it implies, as its webhook would have, and ring. Raises StoreUnavailable."""
        ...


def fetch_page(account: Account, listed: Listed, since: datetime, after: str | None) -> Page[Missable]:
    """A page of one of the lists. Raises what ``ask`` raises."""
    if listed is Listed.MESSAGES:
        messages = ask(registry.history(), lambda it: it.messages(account.sid, since, after))
        return Page(tuple(ListedMessage(account, message) for message in messages.items), messages.next)
    recordings = ask(registry.history(), lambda it: it.recordings(account.sid, since, after))
    return Page(tuple(ListedRecording(account, recording) for recording in recordings.items), recordings.next)


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """A text message, in or out: Twilio cannot be asked for one direction. It is here as soon as it is listed."""

    account: Account
    message: Message
    is_unfinished = False
    call_sid = None

    @property
    def sid(self) -> str:
        """The message's."""
        return self.message.sid

    @property
    def created_at(self) -> datetime:
        """When it came."""
        return self.message.created_at

    @property
    def event(self) -> Sms | None:
        """None for what we sent ourselves, and for what nobody could answer."""
        told = self.message
        return _sms(told) if told.direction == "inbound" and told.sender and told.target else None

    @property
    def told_at(self) -> datetime:
        """At once."""
        return self.message.created_at

    def our_number(self) -> str:
        """Whom somebody wrote to."""
        return self.message.target

    def complete(self) -> None:
        """The list tells everything."""

    def take_in(self) -> Stored:
        """One more turn of its thread, which calls for a person as its webhook would; what the organization's own wrote is only kept."""
        event, org = _sms(self.message), self.account.organization_id
        envelope, organization = enveloped(event, message_form(self.account.sid, self.message)), organizations.fetch(org)
        if organization and organization.is_helper(event.from_):
            return store_notice(org, envelope)
        conversation = event.conversation(settings.current().secret_key)
        said = replace(event.transcript(), said_at=self.created_at)
        heard = event.heard(organization.alarm_words if organization else ())
        return announced(store_sms(org, envelope, conversation, said, heard), envelope)


@dataclass(frozen=True)
class ListedRecording:
    """A recording of a call. Twilio names neither number with one, so its call is asked for, once."""

    account: Account
    recording: CallRecording

    @property
    def sid(self) -> str:
        """The recording's."""
        return self.recording.sid

    @property
    def created_at(self) -> datetime:
        """When it was begun."""
        return self.recording.created_at

    @property
    def event(self) -> RecordingStatus | None:
        """None while it is under way, and for one that was deleted: there is nothing to fetch."""
        return self._status if RECORDING_STATUSES.get(self.recording.status) else None

    @property
    def is_unfinished(self) -> bool:
        """Whether it is under way."""
        return self.recording.status in _UNFINISHED

    @property
    def told_at(self) -> datetime:
        """When it ended."""
        return self.recording.created_at + timedelta(seconds=self.recording.seconds or 0)

    @property
    def call_sid(self) -> str:
        """Every recording that is listed has one."""
        return self.recording.call_sid

    def our_number(self) -> str | None:
        """Our side of its call; None if Twilio does not know the call any more."""
        return self._call.our_number if self._call else None

    def complete(self) -> None:
        """Its call."""
        self.our_number()

    def take_in(self) -> Stored:
        """One more turn of its call, whose numbers and status come with it."""
        transcript = self._status.transcript()
        if transcript is None:
            raise ValueError("the recording is still under way")
        body = recording_form(self.account.sid, self.recording, self._call)
        envelope, said = enveloped(self._status, body), replace(transcript, said_at=self.created_at)
        return announced(store_words(self.account.organization_id, envelope, self._conversation(), said), envelope)

    @property
    def _status(self) -> RecordingStatus:
        told = self.recording
        return RecordingStatus(told.call_sid, told.sid, told.status, told.seconds, told.channels)

    @cached_property
    def _call(self) -> CallStatus | None:
        return ask(registry.history(), lambda it: it.call(self.account.sid, self.recording.call_sid))

    def _conversation(self) -> ConversationSeed:
        call = self._call
        return call.conversation() if call and call.call_status in CALL_STATUSES else self._status.conversation()


def _sms(told: Message) -> Sms:
    return Sms(told.sid, told.sender, told.target, told.body)


def enveloped(event: Event | CallStatus | MessageStatus, body: bytes) -> Envelope:
    """An event that we asked for, as its webhook would have brought it."""
    return Envelope(PROVIDER, event.kind, dedupe_key(event.key), event.subject, HEADERS, body, uuid4().hex)


def announced(stored: Stored, envelope: Envelope) -> Stored:
    """Ring for what it implies."""
    dispatch.announce(stored, envelope.trace_id)
    return stored
