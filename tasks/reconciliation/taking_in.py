"""What of a vendor's lists concerns us, and how it is taken in if nobody told us: through the same door as the webhook."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar
from uuid import uuid4

import settings
from db.events import store_words
from domain.deliveries import ConversationSeed, Envelope, Stored, TranscriptSeed, dedupe_key
from domain.history import Account, CallRecording, Message, Page
from domain.twilio import CALL_STATUSES, PROVIDER, RECORDING_STATUSES, CallStatus, RecordingStatus, Sms
from providers import registry
from providers.twilio.mapping import message_form, recording_form
from tasks import dispatch
from tasks.asking import ask

Event = Sms | RecordingStatus

# no webhook can carry the second one into the store: nobody takes what we asked for to be signed
HEADERS: Mapping[str, str] = {"content-type": "application/x-www-form-urlencoded", "x-hookline-origin": "reconciliation"}

_UNFINISHED = frozenset({"in-progress", "paused", "stopped", "processing"})


class Resource(Protocol):
    """Whatever is listed."""

    @property
    def created_at(self) -> datetime:
        """When it was begun."""
        ...


Item = TypeVar("Item", bound=Resource)


class Kind(Protocol, Generic[Item]):
    """One of the lists: how it is asked for, which events it stands for, and how one is taken in."""

    event_kind: str

    def page(self, account: Account, since: datetime, after: str | None) -> Page[Item]:
        """A page of it. Raises what ``ask`` raises."""
        ...

    def event(self, item: Item) -> Event | None:
        """What the webhook would have told of it by now; None if there is nothing to tell, or not yet."""
        ...

    def is_unfinished(self, item: Item) -> bool:
        """Whether there will be something to tell."""
        ...

    def told_at(self, item: Item) -> datetime:
        """When its webhook was sent, at the earliest."""
        ...

    def take_in(self, account: Account, item: Item) -> Stored:
        """Store the event and what it implies, as its webhook would have, and ring. Raises StoreUnavailable and what ``ask`` raises."""
        ...


class Messages:
    """Text messages that somebody sent us."""

    event_kind = Sms.kind

    def page(self, account: Account, since: datetime, after: str | None) -> Page[Message]:
        """In and out: Twilio cannot be asked for one direction."""
        return ask(registry.history(), lambda it: it.messages(account.sid, since, after))

    def event(self, item: Message) -> Sms | None:
        """None for what we sent ourselves, and for what nobody could answer."""
        return Sms(item.sid, item.sender, item.target) if item.direction == "inbound" and item.sender and item.target else None

    def is_unfinished(self, _: Message) -> bool:
        """A message is here as soon as it is listed."""
        return False

    def told_at(self, item: Message) -> datetime:
        """At once."""
        return item.created_at

    def take_in(self, account: Account, item: Message) -> Stored:
        """One more turn of its thread."""
        event = Sms(item.sid, item.sender, item.target)
        conversation = event.conversation(settings.current().secret_key)
        return _store(account, event, message_form(account.sid, item), conversation, replace(event.transcript(), said_at=item.created_at))


class Recordings:
    """Recordings of calls. Twilio names neither number with one, so its call is asked for."""

    event_kind = RecordingStatus.kind

    def page(self, account: Account, since: datetime, after: str | None) -> Page[CallRecording]:
        """Those under way too."""
        return ask(registry.history(), lambda it: it.recordings(account.sid, since, after))

    def event(self, item: CallRecording) -> RecordingStatus | None:
        """None while it is under way, and for one that was deleted: there is nothing to fetch."""
        return _recording_status(item) if RECORDING_STATUSES.get(item.status) else None

    def is_unfinished(self, item: CallRecording) -> bool:
        """Whether it is under way."""
        return item.status in _UNFINISHED

    def told_at(self, item: CallRecording) -> datetime:
        """When it ended."""
        return item.created_at + timedelta(seconds=item.seconds or 0)

    def take_in(self, account: Account, item: CallRecording) -> Stored:
        """One more turn of its call, whose numbers and status come with it."""
        event = _recording_status(item)
        transcript = event.transcript()
        if transcript is None:
            raise ValueError("the recording is still under way")
        call = ask(registry.history(), lambda it: it.call(account.sid, item.call_sid))
        body = recording_form(account.sid, item, call)
        return _store(account, event, body, _conversation(event, call), replace(transcript, said_at=item.created_at))


def _recording_status(item: CallRecording) -> RecordingStatus:
    return RecordingStatus(item.call_sid, item.sid, item.status, item.seconds, item.channels)


def _conversation(event: RecordingStatus, call: CallStatus | None) -> ConversationSeed:
    return call.conversation() if call and call.call_status in CALL_STATUSES else event.conversation()


def _store(account: Account, event: Event, body: bytes, conversation: ConversationSeed, transcript: TranscriptSeed) -> Stored:
    trace_id = uuid4().hex
    envelope = Envelope(PROVIDER, event.kind, dedupe_key(event.key), event.subject, HEADERS, body, trace_id)
    stored = store_words(account.organization_id, envelope, conversation, transcript)
    dispatch.announce(stored, trace_id)
    return stored
