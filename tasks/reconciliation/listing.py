"""Asks one account's vendor for everything since the watermark, takes in what we never saw, and only then moves the watermark."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from db import reconciliation
from db.reconciliation import Window
from domain.deliveries import Stored, dedupe_key
from domain.healing import Listed
from domain.history import Account, Page
from domain.twilio import PROVIDER, CallStatus, RecordingStatus, Sms
from tasks.reconciliation.taking_in import EVENT_KINDS, Missable, fetch_page

# What was listed once is listed again for so long: Twilio's lists may show something late, and its clock is not ours.
OVERLAP_S = 1_800.0
# A webhook of the last minute may still be on its way (Twilio gives it 15 s and one more try): what it brings is signed, so it goes first.
ON_ITS_WAY = timedelta(seconds=60)
# No call lasts longer than a day (its TimeLimit), and an hour for its recording to be made; one that is under way for longer never ends.
UNDER_WAY_AT_MOST = timedelta(hours=25)
# 10,000 of an account in one pass; a person's command has no limit
PAGES_AT_MOST = 100
# For so long a number is ours after a webhook about it: an account has others, whose calls and codes are none of our business.
SERVED_FOR = timedelta(days=30)
REACHED_BY = (Sms.kind, CallStatus.kind, RecordingStatus.kind)


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a reconciliation that looks back to ``since`` has come. ``last`` is what was taken in just now.

    ``has_more``: the list goes on beyond what was asked for; if that is so in the end, what is older may be missing. ``left_alone`` is
    what concerns no number that we serve.
    """

    since: datetime
    listed: int = 0
    has_more: bool = False
    missed: int = 0
    left_alone: int = 0
    taken_in: int = 0
    last: Stored | None = None


@dataclass(slots=True)
class _Findings:
    """What a list holds that we have not: events to be taken in by their key, and how far back something is still open."""

    account: Account
    kind: str
    window: Window
    served: Collection[str]
    missed: dict[str, Missable] = field(default_factory=dict)
    left_alone: int = 0
    open_since: datetime | None = None

    def add(self, page: Page[Missable]) -> None:
        """Look a page over; two queries for all of it, and a question for each call that we do not know. Raises what ``ask`` raises."""
        unknown = self._unknown(page)
        calls = self._known_calls(unknown.values())
        for key, item in unknown.items():
            if item.call_sid not in calls and item.our_number() not in self.served:
                self.left_alone += 1
            elif item.is_unfinished or item.told_at > self.window.until - ON_ITS_WAY:
                self._keep_open(item)
            else:
                self.missed[key] = item

    @property
    def oldest_first(self) -> list[Missable]:
        """In the order in which they would have come, so that turns are in order."""
        return sorted(self.missed.values(), key=lambda item: item.created_at)

    @property
    def seen_through(self) -> datetime:
        """Where the next window may begin: not behind what is still open, or it would not be listed when it is finished."""
        return min(self.window.until, self.open_since or self.window.until)

    def _unknown(self, page: Page[Missable]) -> dict[str, Missable]:
        """What there is something to tell of that we never heard, now or later."""
        told = {dedupe_key(item.event.key): item for item in page.items if item.event}
        known = reconciliation.find_known(self.account.organization_id, PROVIDER, self.kind, told) if told else frozenset()
        unknown = {key: item for key, item in told.items() if key not in known}
        return unknown | {item.sid: item for item in page.items if item.is_unfinished}

    def _known_calls(self, items: Collection[Missable]) -> frozenset[str]:
        refs = {item.call_sid for item in items if item.call_sid}
        return reconciliation.find_known_calls(self.account.organization_id, PROVIDER, refs) if refs else frozenset()

    def _keep_open(self, item: Missable) -> None:
        if item.created_at > self.window.until - UNDER_WAY_AT_MOST:
            self.open_since = min(item.created_at, self.open_since or item.created_at)


def reconcile(
    account: Account, listed: Listed, since: datetime | None = None, *, to_the_end: bool = False, numbers: Collection[str] = ()
) -> Iterator[Tally]:
    """Take in what is missing; how far it is after each page and each event. The watermark moves when the last one is asked for.

    Whoever stops before, or is killed, leaves the watermark: the next one finds what is still missing. At most PAGES_AT_MOST pages, unless
    ``to_the_end``. Only what concerns a call that we know, or a number that we serve: one of ``numbers``, or one that a webhook was about
    in the last SERVED_FOR. Raises StoreUnavailable and what ``ask`` raises.
    """
    organization_id = account.organization_id
    window = reconciliation.open_window(organization_id, listed, OVERLAP_S, since)
    served = reconciliation.find_served_numbers(organization_id, REACHED_BY, SERVED_FOR).union(numbers)
    findings, tally = _Findings(account, EVENT_KINDS[listed], window, served), Tally(window.since)
    for page in _pages(account, listed, window, None if to_the_end else PAGES_AT_MOST):
        findings.add(page)
        tally = replace(tally, listed=tally.listed + len(page.items), has_more=page.next is not None)
        tally = replace(tally, missed=len(findings.missed), left_alone=findings.left_alone)
        yield tally
    for item in findings.oldest_first:
        stored = item.take_in()
        tally = replace(tally, taken_in=tally.taken_in + stored.fresh, last=stored)
        yield tally
    reconciliation.move_watermark(organization_id, listed, findings.seen_through)


def _pages(account: Account, listed: Listed, window: Window, at_most: int | None) -> Iterator[Page[Missable]]:
    after: str | None = None
    for asked in count(1):
        page = fetch_page(account, listed, window.since, after)
        yield page
        after = page.next
        if after is None or asked == at_most:
            return
