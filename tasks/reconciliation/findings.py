"""What a part of a list holds that we have not, and whether it concerns us."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from db import reconciliation
from domain.deliveries import dedupe_key
from domain.errors import PermanentError, StepError, StoreUnavailable
from domain.healing import Listed
from domain.telephony.history import Account, Page
from domain.telephony.twilio import PROVIDER
from tasks.reconciliation.taking_in import EVENT_KINDS, Missable

log = structlog.get_logger()

# A webhook of the last minute may still be on its way (Twilio gives it 15 s and one more try): what it brings is signed, so it goes first.
ON_ITS_WAY = timedelta(seconds=60)
# No call lasts longer than a day (its TimeLimit), and an hour for its recording to be made; one that is under way for longer never ends.
UNDER_WAY_AT_MOST = timedelta(hours=25)


@dataclass(slots=True)
class Findings:
    """Events to be taken in by their key, how many concern no number that is ``served``, and how far back something is still open.

    ``fresh`` are those whose webhook goes first.
    """

    account: Account
    listed: Listed
    until: datetime
    served: Collection[str]
    missed: dict[str, Missable] = field(default_factory=dict)
    left_alone: int = 0
    fresh: int = 0
    failed: int = 0
    open_since: datetime | None = None

    def add(self, page: Page[Missable]) -> None:
        """Look a page over; two queries for all of it, and a question for each call that we do not know or take in.

        Raises StoreUnavailable, and RetryableError if the vendor cannot be asked on.
        """
        unknown = self._unknown(page)
        calls = self._known_calls(unknown.values())
        for key, item in unknown.items():
            with self.sparing(item):
                self._sort(key, item, is_ours=item.call_sid in calls or item.our_number() in self.served)

    @property
    def oldest_first(self) -> list[Missable]:
        """In the order in which they would have come, so that turns are in order."""
        return sorted(self.missed.values(), key=lambda item: item.created_at)

    @contextmanager
    def sparing(self, item: Missable) -> Iterator[None]:
        """What goes wrong with one item is no reason to leave the others: it stays open, like one under way, and is tried again.

        An outage, of the vendor's or the database's, is raised: it is the same for all.
        """
        try:
            yield
        except StoreUnavailable:
            raise
        except Exception as error:
            if isinstance(error, StepError) and not isinstance(error, PermanentError):
                raise
            self.failed += 1
            self._keep_open(item)
            code = error.code if isinstance(error, StepError) else None
            said = log.bind(organization=self.account.slug, account=self.account.sid, kind=self.listed, subject=item.sid)
            said.error("missed_event_not_taken_in", error=type(error).__name__, code=code)

    def _sort(self, key: str, item: Missable, *, is_ours: bool) -> None:
        if not is_ours:
            self.left_alone += 1
        elif item.is_unfinished:
            self._keep_open(item)
        elif item.told_at > self.until - ON_ITS_WAY:
            self.fresh += 1
            self._keep_open(item)
        else:
            item.complete()
            self.missed[key] = item

    def _unknown(self, page: Page[Missable]) -> dict[str, Missable]:
        """What there is something to tell of that we never heard, now or later."""
        told = {dedupe_key(item.event.key): item for item in page.items if item.event}
        kind = EVENT_KINDS[self.listed]
        known = reconciliation.find_known(self.account.organization_id, PROVIDER, kind, told) if told else frozenset()
        unknown = {key: item for key, item in told.items() if key not in known}
        return unknown | {item.sid: item for item in page.items if item.is_unfinished}

    def _known_calls(self, items: Collection[Missable]) -> frozenset[str]:
        refs = {item.call_sid for item in items if item.call_sid}
        return reconciliation.find_known_calls(self.account.organization_id, PROVIDER, refs) if refs else frozenset()

    def _keep_open(self, item: Missable) -> None:
        if item.created_at > self.until - UNDER_WAY_AT_MOST:
            self.open_since = min(item.created_at, self.open_since or item.created_at)
