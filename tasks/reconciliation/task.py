"""What beat rings for every five minutes: ask Twilio what we missed while we were down, of every account that we may ask for."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

import celeryconfig
import settings
from db import organizations
from db.plant import workers
from domain.counting import counted
from domain.errors import StepError, StoreUnavailable
from domain.healing import Listed
from domain.telephony.history import Account
from domain.telephony.twilio import is_account
from observability.alarm import tell_somebody
from tasks import app
from tasks.reconciliation import calls_for_help, open_calls
from tasks.reconciliation.listing import Tally, reconcile

log = structlog.get_logger()

TASK = "plant.reconcile"
# what is asked for one by one, not listed: each says how many were taken in
ONE_BY_ONE: Mapping[str, Callable[[Account], int]] = {"ends of calls": open_calls.end, "reports of calls for help": calls_for_help.report}
# each in the singular
_ONE = {
    Listed.RECORDINGS: "recording",
    Listed.MESSAGES: "message",
    "ends of calls": "end of a call",
    "reports of calls for help": "report of a call for help",
}

# what may be under way when time is up: a page with the calls of its recordings, and what a part brought on its way into the store
MARGIN_S = 30.0


@app.task(name=TASK)
def reconcile_all() -> str:
    """Take in what was missed, account by account; who was asked longest ago comes first. A short outcome for the ops view."""
    if not workers.take_turn(TASK, celeryconfig.RECONCILE_EVERY_S):
        return "another scheduler's turn"
    ends = time.monotonic() + work_s()
    try:
        taken_in = _pass(ends)
    except StoreUnavailable as error:
        return f"not finished: {error}"
    return f"taken in: {', '.join(told(count, what) for what, count in taken_in.items())}"


def told(count: int, what: str) -> str:
    """So many of what is listed or asked for one by one, such as ``1 recording``."""
    return counted(count, _ONE[what], what)


def _pass(ends: float) -> dict[str, int]:
    """Every list has its share of the time that is left: a long one keeps no other waiting for ever."""
    taken_in: dict[str, int] = dict.fromkeys(Listed, 0)
    known = accounts()
    for what in ONE_BY_ONE:
        if told := sum(_asked_for(what, account) for account in known):
            taken_in[what] = told
    lists = [(account, listed) for account in known for listed in Listed]
    for done, (account, listed) in enumerate(lists):
        left = len(lists) - done
        if done and time.monotonic() >= ends:
            log.error("reconciliation_out_of_time", lists_left=left)
            tell_somebody("reconciliation_out_of_time", TASK, {"lists_left": left})
            break
        taken_in[listed] += _taken_in(account, listed, _share(ends, left))
    return taken_in


def _share(ends: float, left: int) -> float:
    now = time.monotonic()
    return now + max(ends - now, 0.0) / left


def work_s() -> float:
    """For how long one pass goes on to the next question, in seconds: it ends before its hard limit, and before the next pass begins."""
    return min(celeryconfig.RECONCILE_TIME_LIMIT - settings.current().worker_timeout_s, celeryconfig.RECONCILE_EVERY_S) - MARGIN_S


def accounts(slug: str | None = None) -> list[Account]:
    """The accounts whose token we have, of one organization or of all. Raises StoreUnavailable."""
    known = [name for name in settings.current().twilio.accounts if is_account(name)]
    return [account for account in organizations.fetch_accounts(known) if slug in {None, account.slug}]


def _asked_for(what: str, account: Account) -> int:
    """How many of them an account had of which nobody had told us."""
    try:
        return ONE_BY_ONE[what](account)
    except StepError as error:
        log.warning("reconciliation_failed", organization=account.slug, account=account.sid, kind=what, code=error.code)
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - as below
        tell_somebody("reconciliation_broke_off", f"{account.slug} {what}", {"error": type(error).__name__})
    return 0


def _taken_in(account: Account, listed: Listed, ends: float) -> int:
    """How many events of one list were taken in. What goes wrong with one account is no reason to leave the others."""
    said = log.bind(organization=account.slug, account=account.sid, kind=listed)
    taken_in = 0
    try:
        for tally in reconcile(account, listed, ends=ends):
            taken_in = tally.taken_in
            _tell(said, tally)
        _tell_end(said, account, listed, tally)
    except StepError as error:
        said.warning("reconciliation_failed", code=error.code, taken_in=taken_in)
    except StoreUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours with one account; its message may quote somebody
        said.error("reconciliation_broke_off", error=type(error).__name__, taken_in=taken_in)
        tell_somebody("reconciliation_broke_off", f"{account.slug} {listed}", {"error": type(error).__name__})
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


def _tell_end(said: Any, account: Account, listed: Listed, tally: Tally) -> None:
    said.info("account_reconciled", listed=tally.listed, taken_in=tally.taken_in, left_alone=tally.left_alone, failed=tally.failed)
    about = f"{account.slug} {listed}"
    if tally.failed:
        tell_somebody("missed_events_not_taken_in", about, {"failed": tally.failed})
    if tally.has_more:
        since = tally.since.isoformat(timespec="seconds")
        told = {"since": since, "next": f"the next pass goes on there; or celery -A tasks reconcile --org {account.slug} --since {since}"}
        said.error("history_cut_off", **told)
        tell_somebody("history_cut_off", about, told)
