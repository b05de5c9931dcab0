"""A telephone vendor's past that tests write themselves, listed page by page."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from db.events import store_status
from domain.deliveries import Envelope, dedupe_key
from domain.errors import RetryableError
from domain.telephony.history import CallRecording, Message, Page
from domain.telephony.twilio import ASKED_FOR, CallStatus, MessageStatus
from domain.vendors import Vendor

Item = TypeVar("Item", Message, CallRecording)

CUSTOMER, OURS = "+14155550142", "+14155550100"
# another number of the same account, which has nothing to do with us
THEIRS = "+14155550177"


def serve(organization_id: UUID, number: str = OURS, ref: str = "CA-earlier", headers: Mapping[str, str] | None = None) -> None:
    """A call to this number that a webhook told us of; ``headers`` if it was not a webhook."""
    told = CallStatus(ref, "completed", 3, "inbound", CUSTOMER, number, 12)
    envelope = Envelope("twilio", told.kind, dedupe_key(told.key), ref, headers or {"x-twilio-signature": "signed"}, b"{}", uuid4().hex)
    store_status(organization_id, envelope, told.conversation())


def said(number: int, minutes_ago: float = 10, target: str = OURS) -> Message:
    """A message to us."""
    return Message(f"SM{number:032x}", "inbound", "received", _ago(minutes_ago), CUSTOMER, target, f"Message {number}.")


def recorded(number: int, minutes_ago: float = 10, status: str = "completed", seconds: int = 2) -> CallRecording:
    """A recording of a call of its own."""
    return CallRecording(f"RE{number:032x}", f"CA{number:032x}", status, _ago(minutes_ago), seconds, 1)


def _ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


class FakeHistory:
    """Implements ``domain.ports.History``; what is asked of an account in ``fails`` raises."""

    vendor: Vendor | None = None

    def __init__(self, *found: Message | CallRecording, page_size: int = 2) -> None:
        """These are all that there is."""
        self.found = list(found)
        self.page_size = page_size
        self.asked: list[str] = []
        self.fails: dict[str, Exception] = {}
        # the page that breaks off
        self.breaks_at: str | None = None
        self.asked_after: list[str | None] = []
        # whose calls are not to OURS
        self.called: dict[str, str] = {}
        self.calls_asked: list[str] = []
        # what became of messages that we sent, by their ids
        self.sent: dict[str, MessageStatus] = {}
        self.sent_asked: list[str] = []

    def messages(self, account: str, since: datetime, after: str | None) -> Page[Message]:
        """Newest first."""
        return self._page(account, [item for item in self.found if isinstance(item, Message)], since, after)

    def recordings(self, account: str, since: datetime, after: str | None) -> Page[CallRecording]:
        """Newest first."""
        return self._page(account, [item for item in self.found if isinstance(item, CallRecording)], since, after)

    def call(self, _: str, call: str) -> CallStatus | None:
        """One that is over."""
        self.calls_asked.append(call)
        return CallStatus(call, "completed", ASKED_FOR, "inbound", CUSTOMER, self.called.get(call, OURS), 12)

    def message(self, _: str, message: str) -> MessageStatus | None:
        """One that the test wrote."""
        self.sent_asked.append(message)
        return self.sent.get(message)

    def _page(self, account: str, all_: Sequence[Item], since: datetime, after: str | None) -> Page[Item]:
        self.asked.append(account)
        if account in self.fails:
            raise self.fails[account]
        self.asked_after.append(after)
        if after is not None and after == self.breaks_at:
            raise RetryableError("twilio:http_503")
        new = sorted((item for item in all_ if item.created_at >= since), key=lambda item: item.created_at, reverse=True)
        start = int(after or 0)
        end = start + self.page_size
        return Page(tuple(new[start:end]), str(end) if end < len(new) else None)


def new_account() -> str:
    """A Twilio account that nobody else has."""
    return f"AC{uuid4().hex}"
