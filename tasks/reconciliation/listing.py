"""Asks one account's vendor for everything since the watermark, takes in what we never saw, and only then moves the watermark."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Generic

from db import reconciliation
from db.reconciliation import Window
from domain.deliveries import Stored, dedupe_key
from domain.healing import Listed
from domain.history import Account, Page
from domain.twilio import PROVIDER
from tasks.reconciliation.taking_in import Item, Kind, Messages, Recordings

# What was listed once is listed again for so long: Twilio's lists may show something late, and its clock is not ours.
OVERLAP_S = 1_800.0
# A webhook of the last minute may still be on its way (Twilio gives it 15 s and one more try): what it brings is signed, so it goes first.
ON_ITS_WAY = timedelta(seconds=60)
# No call lasts longer than a day (its TimeLimit), and an hour for its recording to be made; one that is under way for longer never ends.
UNDER_WAY_AT_MOST = timedelta(hours=25)
# 10,000 of an account in one pass; a person's command has no limit
PAGES_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a reconciliation that looks back to ``since`` has come. ``last`` is what was taken in just now.

    ``has_more``: the list goes on beyond what was asked for; if that is so in the end, what is older may be missing.
    """

    since: datetime
    listed: int = 0
    has_more: bool = False
    missed: int = 0
    taken_in: int = 0
    last: Stored | None = None


@dataclass(slots=True)
class _Findings(Generic[Item]):
    """What a list holds that we have not: events to be taken in by their key, and how far back something is still open."""

    account: Account
    kind: Kind[Item]
    window: Window
    missed: dict[str, Item] = field(default_factory=dict)
    open_since: datetime | None = None

    def add(self, page: Page[Item]) -> None:
        """Look a page over; one query for all of it. Raises StoreUnavailable."""
        events = {dedupe_key(event.key): item for item in page.items if (event := self.kind.event(item))}
        known = reconciliation.find_known(self.account.organization_id, PROVIDER, self.kind.event_kind, events) if events else frozenset()
        for key, item in events.items():
            if key in known:
                continue
            if self.kind.told_at(item) > self.window.until - ON_ITS_WAY:
                self._keep_open(item)
            else:
                self.missed[key] = item
        for item in page.items:
            if self.kind.is_unfinished(item):
                self._keep_open(item)

    @property
    def oldest_first(self) -> list[Item]:
        """In the order in which they would have come, so that turns are in order."""
        return sorted(self.missed.values(), key=lambda item: item.created_at)

    @property
    def seen_through(self) -> datetime:
        """Where the next window may begin: not behind what is still open, or it would not be listed when it is finished."""
        return min(self.window.until, self.open_since or self.window.until)

    def _keep_open(self, item: Item) -> None:
        if item.created_at > self.window.until - UNDER_WAY_AT_MOST:
            self.open_since = min(item.created_at, self.open_since or item.created_at)


def reconcile(account: Account, listed: Listed, since: datetime | None = None, *, to_the_end: bool = False) -> Iterator[Tally]:
    """Take in what is missing; how far it is after each page and each event. The watermark moves when the last one is asked for.

    Whoever stops before, or is killed, leaves the watermark: the next one finds what is still missing. At most PAGES_AT_MOST pages, unless
    ``to_the_end``. Raises StoreUnavailable and what ``ask`` raises.
    """
    at_most = None if to_the_end else PAGES_AT_MOST
    if listed is Listed.MESSAGES:
        return _reconcile(Messages(), account, listed, since, at_most)
    return _reconcile(Recordings(), account, listed, since, at_most)


def _reconcile(kind: Kind[Item], account: Account, listed: Listed, since: datetime | None, at_most: int | None) -> Iterator[Tally]:
    window = reconciliation.open_window(account.organization_id, listed, OVERLAP_S, since)
    findings, tally = _Findings(account, kind, window), Tally(window.since)
    for page in _pages(kind, account, window, at_most):
        findings.add(page)
        tally = replace(tally, listed=tally.listed + len(page.items), has_more=page.next is not None, missed=len(findings.missed))
        yield tally
    for item in findings.oldest_first:
        stored = kind.take_in(account, item)
        tally = replace(tally, taken_in=tally.taken_in + stored.fresh, last=stored)
        yield tally
    reconciliation.move_watermark(account.organization_id, listed, findings.seen_through)


def _pages(kind: Kind[Item], account: Account, window: Window, at_most: int | None) -> Iterator[Page[Item]]:
    after: str | None = None
    for asked in count(1):
        page = kind.page(account, window.since, after)
        yield page
        after = page.next
        if after is None or asked == at_most:
            return
