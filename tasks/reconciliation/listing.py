"""Asks one account's vendor for everything since the watermark, part by part, and moves the watermark at the end of the list."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from db import reconciliation
from db.reconciliation import Place, Window
from domain.deliveries import Stored
from domain.errors import PermanentError, StepError
from domain.healing import Listed
from domain.telephony.history import Account
from domain.telephony.twilio import CallStatus, RecordingStatus, Sms
from tasks.reconciliation.findings import Findings
from tasks.reconciliation.taking_in import fetch_page

# What was listed once is listed again for so long: Twilio's lists may show something late, and its clock is not ours.
OVERLAP_S = 1_800.0
# so much of a list is gone through before what it brought is taken in, oldest first, and the place is kept
PAGES_IN_A_PART = 10
# For so long a number is ours after a webhook about it: an account has others, whose calls and codes are none of our business.
SERVED_FOR = timedelta(days=30)
REACHED_BY = (Sms.kind, CallStatus.kind, RecordingStatus.kind)


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a reconciliation that looks back to ``since`` has come. ``last`` is what was taken in just now.

    ``has_more``: the list goes on; if that is so in the end, the next one goes on there. ``left_alone`` is what concerns no number that we
    serve, ``fresh`` what is left to its webhook for a minute; what ``failed`` is tried again next time.
    """

    since: datetime
    listed: int = 0
    has_more: bool = True
    missed: int = 0
    left_alone: int = 0
    fresh: int = 0
    failed: int = 0
    taken_in: int = 0
    last: Stored | None = None


def reconcile(
    account: Account, listed: Listed, since: datetime | None = None, *, ends: float | None = None, numbers: Collection[str] = ()
) -> Iterator[Tally]:
    """Take in what is missing; how far it is after each page and each event.

    A list is newest first. What a part of it holds that we lack is taken in, then the place is kept where the next part begins; the
    watermark moves when the list has come to its end. Whoever is killed, or cannot ask on, leaves both, and the next one goes on there. So
    it does with what is left when time is up (``ends``, monotonic); a page at least is gone through. Without ``ends`` a person asks: for
    all of it, from the newest on.

    Only what concerns a call that we know, or a number that we serve: one of ``numbers``, or one that a webhook was about in the last
    SERVED_FOR. Raises StoreUnavailable and what ``ask`` raises.
    """
    window = reconciliation.open_window(account.organization_id, listed, OVERLAP_S, since)
    served = reconciliation.find_served_numbers(account.organization_id, REACHED_BY, SERVED_FOR).union(numbers)
    return _Listing(account, listed, window if ends is not None else replace(window, place=None), served, ends).parts()


class _Listing:
    """Where in a list we are; ``_through`` is how far the watermark will move."""

    def __init__(self, account: Account, listed: Listed, window: Window, served: Collection[str], ends: float | None) -> None:
        self._account, self._listed, self._window, self._served, self._ends = account, listed, window, served, ends
        self._after = window.place.at if window.place else None
        self._through = window.place.through if window.place else window.until
        self._tally = Tally(window.since)

    def parts(self) -> Iterator[Tally]:
        """To the end of the list, or of the time."""
        while self._tally.has_more:
            yield from self._part()
            if self._is_over():
                return

    def _part(self) -> Iterator[Tally]:
        findings, so_far = Findings(self._account, self._listed, self._window.until, self._served), self._tally
        failure: StepError | None = None
        try:
            yield from self._pages(findings, so_far)
        except StepError as error:
            failure = error
        yield from self._taken_in(findings, so_far)
        # not behind what is still open, or it would not be listed when it is finished
        self._through = min(self._through, findings.open_since or self._through)
        self._keep_place(failure)
        if failure:
            raise failure

    def _pages(self, findings: Findings, so_far: Tally) -> Iterator[Tally]:
        for _ in range(PAGES_IN_A_PART):
            page = fetch_page(self._account, self._listed, self._window.since, self._after)
            findings.add(page)
            self._after = page.next
            self._tally = replace(
                self._tally,
                listed=self._tally.listed + len(page.items),
                has_more=page.next is not None,
                missed=so_far.missed + len(findings.missed),
                left_alone=so_far.left_alone + findings.left_alone,
                fresh=so_far.fresh + findings.fresh,
                failed=so_far.failed + findings.failed,
            )
            yield self._tally
            if not self._tally.has_more or self._is_over():
                return

    def _taken_in(self, findings: Findings, so_far: Tally) -> Iterator[Tally]:
        for item in findings.oldest_first:
            with findings.sparing(item):
                stored = item.take_in()
                self._tally = replace(self._tally, taken_in=self._tally.taken_in + stored.fresh, last=stored)
                yield self._tally
        self._tally = replace(self._tally, failed=so_far.failed + findings.failed, last=None)
        yield self._tally

    def _keep_place(self, failure: StepError | None) -> None:
        organization_id = self._account.organization_id
        if not self._tally.has_more:
            reconciliation.move_watermark(organization_id, self._listed, self._through)
        elif isinstance(failure, PermanentError):
            # the vendor may not know its own word for the page any more: begin with the newest, what was taken in is known
            reconciliation.keep_place(organization_id, self._listed, None)
        elif self._after:
            reconciliation.keep_place(organization_id, self._listed, Place(self._after, self._through))

    def _is_over(self) -> bool:
        return self._ends is not None and time.monotonic() >= self._ends
