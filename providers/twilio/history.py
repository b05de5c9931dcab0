"""What a Twilio account has sent, received and recorded since a time, newest first and a page at a time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from domain.errors import PermanentError
from domain.telephony.history import CallRecording, Message, Page
from domain.telephony.twilio import ASKED_FOR, MESSAGE_STATUSES, CallStatus, MessageStatus
from domain.vendors import Vendor
from providers.twilio import errors, sids
from providers.twilio.client import TwilioApi
from settings import TwilioSettings

PAGE_SIZE = 100
# of a recording its call may have to be asked for: so many of these may be asked before anybody looks at the clock
RECORDINGS_PAGE_SIZE = 20
# as many messages as may have gone to one number since one of them was to be sent
MAX_LISTED = 2_000

# as long a recording as fits the store, in digits of seconds: eleven days
_SECONDS_DIGITS = 6

Item = TypeVar("Item")


class TwilioHistory:
    """Implements ``domain.ports.History``. Raises what ``errors`` has for a question, and PermanentError for an account without a token.

    No date is asked for: Twilio's filters go by whole days and by when a message was sent, which one that is still queued was not. Its
    lists are newest first (twilio.com/docs/messaging/api/message-resource), so a whole page of older ones is the end.
    """

    vendor: Vendor | None = Vendor.TWILIO

    def __init__(self, api: TwilioApi) -> None:
        """Connects nowhere yet."""
        self._api = api

    @classmethod
    def of(cls, twilio: TwilioSettings, limit_s: float) -> "TwilioHistory":
        """With a connection of its own. ``limit_s`` is the time after which whoever asks is given up."""
        return cls(TwilioApi(twilio, limit_s))

    def messages(self, account: str, since: datetime, after: str | None) -> Page[Message]:
        """Messages to and from the account."""
        return _page(self._api.client(account).messages, since, after, PAGE_SIZE, _message)

    def recordings(self, account: str, since: datetime, after: str | None) -> Page[CallRecording]:
        """Recordings of the account's calls; those of conferences belong to no call and are left out."""
        return _page(self._api.client(account).recordings, since, after, RECORDINGS_PAGE_SIZE, _recording)

    def call(self, account: str, call: str) -> CallStatus | None:
        """How a call stands now; None if Twilio does not know it any more."""
        record = _fetched(self._api.client(account).calls(call))
        if record is None:
            return None
        return CallStatus(
            call_sid=call,
            call_status=str(record.status),
            sequence_number=ASKED_FOR,
            direction=_text(record.direction) or None,
            from_=_text(record._from) or None,  # noqa: SLF001 - the SDK's own name for it: of a call only, a message has from_
            to=_text(record.to) or None,
            call_duration=_seconds(record.duration),
        )

    def message(self, account: str, message: str) -> MessageStatus | None:
        """How a message that we sent stands now; None if Twilio does not know it any more, or says what we do not know."""
        record = _fetched(self._api.client(account).messages(message))
        if record is None:
            return None
        status, code = str(record.status), _text(record.error_code)
        return MessageStatus(message, status, code or None) if status in MESSAGE_STATUSES else None

    def messages_to(self, account: str | None, since: datetime, target: str) -> tuple[Message, ...]:
        """Messages to one number (E.164), created at or after ``since`` (aware), the newest MAX_LISTED at most."""
        found: list[Message] = []
        older = 0
        with errors.reported(is_act=False):
            for record in self._api.client(account).messages.stream(to=target, page_size=PAGE_SIZE, limit=MAX_LISTED):
                if _is_new(record, since):
                    older = 0
                    found.append(_message(record))
                elif (older := older + 1) >= PAGE_SIZE:
                    break
        return tuple(found)


def _fetched(resource: Any) -> Any:
    """What the vendor has; None if it does not know it any more."""
    try:
        with errors.reported(is_act=False):
            return resource.fetch()
    except PermanentError as error:
        if error.code not in errors.NOT_FOUND:
            raise
        return None


def _page(resource: Any, since: datetime, after: str | None, size: int, read: Callable[[Any], Item | None]) -> Page[Item]:
    with errors.reported(is_act=False):
        page = resource.get_page(after) if after else resource.page(page_size=size)
        records = [record for record in page if _is_new(record, since)]
        following: str | None = page.next_page_url if records else None
    items = tuple(item for item in map(read, records) if item is not None)
    return Page(items, following)


def _is_new(record: Any, since: datetime) -> bool:
    return record.date_created is not None and record.date_created >= since


def _message(record: Any) -> Message:
    return Message(
        sid=str(record.sid),
        direction=str(record.direction),
        status=str(record.status),
        created_at=record.date_created,
        sender=_text(record.from_),
        target=_text(record.to),
        body=_text(record.body),
    )


def _recording(record: Any) -> CallRecording | None:
    sid, call_sid = str(record.sid), str(record.call_sid)
    if not sids.RECORDING.fullmatch(sid) or not sids.CALL.fullmatch(call_sid):
        return None
    return CallRecording(
        sid=sid,
        call_sid=call_sid,
        status=str(record.status),
        created_at=record.date_created,
        seconds=_seconds(record.duration),
        channels=record.channels if record.channels in (1, 2) else None,
    )


def _seconds(told: Any) -> int | None:
    digits = str(told)
    return int(digits) if digits.isdecimal() and len(digits) <= _SECONDS_DIGITS else None


def _text(told: Any) -> str:
    """What any column and any form takes: JSON can name half a character, and the character 0."""
    return str(told or "").encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
