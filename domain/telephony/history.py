"""What a telephone vendor has of an account's past, as it lists it page by page; statuses are the vendor's own words."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the account. ``direction`` is ``inbound`` or ``outbound-…``."""

    sid: str
    direction: str
    status: str
    created_at: datetime
    sender: str = field(repr=False)
    target: str = field(repr=False)
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CallRecording:
    """A recording of one of the account's calls; it was begun at ``created_at``. ``seconds`` is None as long as it is not known."""

    sid: str
    call_sid: str
    status: str
    created_at: datetime
    seconds: int | None
    channels: int | None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A page of a list that is newest first: what of it is new enough, and what to ask for the page after it; None if it is the last."""

    items: tuple[Item, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An organization's account at the vendor."""

    organization_id: UUID
    slug: str
    sid: str
