"""What a Twilio account has sent, received and recorded since a time, newest first and bounded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from providers.twilio import errors
from providers.twilio.client import TwilioApi

PAGE_SIZE = 100
MAX_LISTED = 2_000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the account. ``direction`` is ``inbound`` or ``outbound-…``; ``status`` is Twilio's word."""

    sid: str
    direction: str
    status: str
    created_at: datetime
    sender: str = field(repr=False)
    target: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallRecording:
    """A recording of the account. ``seconds`` is None as long as it is not known."""

    sid: str
    call_sid: str
    status: str
    created_at: datetime
    seconds: int | None
    channels: int | None


@dataclass(frozen=True, slots=True)
class History(Generic[Item]):
    """What was found. ``is_complete`` is False if there is more than MAX_LISTED, of which the oldest are missing."""

    items: tuple[Item, ...]
    is_complete: bool


class TwilioHistory:
    """Lists an account's resources. Raises what ``errors`` has for a question, and PermanentError for an account without a token.

    No date is asked for: Twilio's filters go by whole days and by when a message was sent, which one that is still queued was not. Its
    lists are newest first (twilio.com/docs/messaging/api/message-resource), so a page's length of older ones in a row is the end.
    """

    def __init__(self, api: TwilioApi) -> None:
        """Connects nowhere yet."""
        self._api = api

    def messages(self, account: str | None, since: datetime, *, target: str | None = None) -> History[Message]:
        """Messages created at or after ``since`` (aware), to everybody or to one number (E.164)."""
        to = {"to": target} if target else {}
        return _since(since, lambda size, most: self._api.client(account).messages.stream(page_size=size, limit=most, **to), _message)

    def recordings(self, account: str | None, since: datetime) -> History[CallRecording]:
        """Recordings created at or after ``since`` (aware)."""
        return _since(since, lambda size, most: self._api.client(account).recordings.stream(page_size=size, limit=most), _recording)


def _since(since: datetime, listed: Callable[[int, int], Iterable[Any]], read: Callable[[Any], Item]) -> History[Item]:
    found: list[Item] = []
    older = seen = 0
    with errors.reported(is_act=False):
        for record in listed(PAGE_SIZE, MAX_LISTED):
            seen += 1
            if record.date_created is None or record.date_created < since:
                older += 1
            else:
                older = 0
                found.append(read(record))
            if older >= PAGE_SIZE:
                break
    return History(tuple(found), is_complete=seen < MAX_LISTED)


def _message(record: Any) -> Message:
    return Message(
        sid=str(record.sid),
        direction=str(record.direction),
        status=str(record.status),
        created_at=record.date_created,
        sender=record.from_ or "",
        target=record.to or "",
        body=record.body or "",
    )


def _recording(record: Any) -> CallRecording:
    duration = str(record.duration)
    return CallRecording(
        sid=str(record.sid),
        call_sid=str(record.call_sid),
        status=str(record.status),
        created_at=record.date_created,
        seconds=int(duration) if duration.isdecimal() else None,
        channels=record.channels,
    )
