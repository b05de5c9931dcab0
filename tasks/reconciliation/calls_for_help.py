"""Asks what became of calls for help of which the network has said nothing yet: one that did not arrive has to reach somebody else."""

import structlog

from db import reconciliation
from db.events import store_report
from domain.telephony.history import Account
from domain.telephony.twilio import SETTLED_STATUSES
from providers import registry
from providers.twilio.mapping import report_form
from tasks.asking import ask
from tasks.reconciliation.taking_in import announced, enveloped

log = structlog.get_logger()

# The network mostly answers within seconds, and its report is on its way then. Some networks never say more than that they have it.
QUIET_S, AT_MOST_S = 120.0, 6 * 3_600.0
# in one pass; the newest first
AT_MOST = 20


def report(account: Account) -> int:
    """Store the outcome of each that has one by now, as its report would have; how many.

    Raises StoreUnavailable and what ``ask`` raises.
    """
    unheard = reconciliation.find_unreported_help(account.organization_id, QUIET_S, AT_MOST_S, AT_MOST)
    return sum(_is_told(account, sid) for sid in unheard)


def _is_told(account: Account, sid: str) -> bool:
    told = ask(registry.history(), lambda it: it.message(account.sid, sid))
    if told is None or told.message_status not in SETTLED_STATUSES:
        return False
    envelope = enveloped(told, report_form(account.sid, told))
    stored = announced(store_report(account.organization_id, envelope, told.report()), envelope)
    log.warning("missed_report_of_help", conversation=str(stored.conversation_id), status=told.message_status)
    return True
