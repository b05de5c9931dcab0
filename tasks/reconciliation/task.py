"""What beat rings for every five minutes: ask Twilio what we missed while we were down, of every account that we may ask for."""

import time
from typing import Any

import structlog

import celeryconfig
import settings
from db import organizations
from db.plant import workers
from domain.errors import StepError, StoreUnavailable
from domain.healing import Listed
from domain.history import Account
from tasks import app
from tasks.reconciliation.listing import Tally, reconcile

log = structlog.get_logger()

# what may be under way when time is up: one question, and one event on its way into the store
MARGIN_S = 30.0


@app.task(name="plant.reconcile")
def reconcile_all() -> str:
    """Take in what was missed, account by account; who was asked longest ago comes first. A short outcome for the ops view."""
    if not workers.take_turn("plant.reconcile", celeryconfig.RECONCILE_EVERY_S):
        return "another scheduler's turn"
    ends = time.monotonic() + work_s()
    taken_in = dict.fromkeys(Listed, 0)
    try:
        for account in accounts():
            for listed in Listed:
                taken_in[listed] += _taken_in(account, listed, ends)
    except StoreUnavailable as error:
        return f"not finished: {error}"
    return f"taken in: {', '.join(f'{count} {listed}' for listed, count in taken_in.items())}"


def work_s() -> float:
    """For how long one pass goes on to the next question, in seconds: it ends before its hard limit, and before the next pass begins."""
    return min(celeryconfig.RECONCILE_TIME_LIMIT - settings.current().worker_timeout_s, celeryconfig.RECONCILE_EVERY_S) - MARGIN_S


def accounts(slug: str | None = None) -> list[Account]:
    """The accounts whose token we have, of one organization or of all. Raises StoreUnavailable."""
    known = settings.current().twilio.accounts
    return [account for account in organizations.fetch_accounts(list(known)) if slug in {None, account.slug}]


def _taken_in(account: Account, listed: Listed, ends: float) -> int:
    """How many events of one list were taken in. What goes wrong with one account is no reason to leave the others."""
    said = log.bind(organization=account.slug, account=account.sid, kind=listed)
    taken_in = 0
    try:
        for tally in reconcile(account, listed):
            taken_in = tally.taken_in
            _tell(said, tally)
            if time.monotonic() > ends:
                said.warning("reconciliation_out_of_time", taken_in=taken_in)
                break
        else:
            _tell_end(said, account, tally)
    except StepError as error:
        said.warning("reconciliation_failed", code=error.code, taken_in=taken_in)
    return taken_in


def _tell(said: Any, tally: Tally) -> None:
    if tally.last:
        said.warning(
            "missed_event_taken_in",
            event_id=str(tally.last.event_id),
            transcript_id=str(tally.last.transcript_id),
            run=str(tally.last.run_id) if tally.last.run_id else None,
            fresh=tally.last.fresh,
        )


def _tell_end(said: Any, account: Account, tally: Tally) -> None:
    said.info("account_reconciled", listed=tally.listed, taken_in=tally.taken_in, left_alone=tally.left_alone)
    if tally.has_more:
        since = tally.since.isoformat(timespec="seconds")
        command = f"celery -A tasks reconcile --org {account.slug} --since {since}"
        said.error("history_cut_off", since=since, older_may_be_missing=True, next=command)
