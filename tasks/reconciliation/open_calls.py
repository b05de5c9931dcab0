"""Asks how calls stand of which nobody has told anything for a while: their end may be lost, and what was heard in them waits for it."""

import structlog

from db import reconciliation
from db.events import store_status
from domain.telephony.history import Account
from domain.telephony.twilio import ASKED_FOR, ENDED_STATUSES, CallStatus
from providers import registry
from providers.twilio.mapping import call_form
from tasks.asking import ask
from tasks.reconciliation.taking_in import announced, enveloped

log = structlog.get_logger()

# Of a call that goes on there is something new every few seconds or, where a person was put through, nothing until its end.
QUIET_S = 3_600.0
# in one pass; the ones of which nobody has heard for the longest first
AT_MOST = 50
# what stands for the status of a call that the vendor does not know any more
_FORGOTTEN = "completed"


def end(account: Account) -> int:
    """Store the end of each that is over at the vendor; how many. Raises StoreUnavailable and what ``ask`` raises."""
    quiet = reconciliation.find_quiet_calls(account.organization_id, QUIET_S, AT_MOST)
    return sum(_has_ended(account, sid) for sid in quiet)


def _has_ended(account: Account, sid: str) -> bool:
    call = ask(registry.history(), lambda it: it.call(account.sid, sid)) or CallStatus(sid, _FORGOTTEN, ASKED_FOR, None, None, None, None)
    if call.call_status not in ENDED_STATUSES:
        reconciliation.note_still_open(account.organization_id, sid)
        return False
    envelope = enveloped(call, call_form(account.sid, call))
    stored = announced(store_status(account.organization_id, envelope, call.conversation()), envelope)
    log.warning("missed_end_of_call", conversation=str(stored.conversation_id), status=call.call_status)
    return True
