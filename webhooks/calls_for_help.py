"""What the front says of a call for help that nobody gets: whoever is in danger may be heard of by the log alone."""

import structlog

from domain.emergencies.escalation import PROMISED_CALLBACK
from domain.organizations.organization import Organization
from domain.telephony.opt_outs import Keyword
from observability.alarm import tell_somebody

log = structlog.get_logger()


def note_if_nobody_is_there(organization: Organization, number: str | None, rule: str, subject: str) -> None:
    """An emergency, by its ``rule``, without a number to call: none is named, or it is an end of this very call.

    ``subject`` is the vendor's id of what was said. The chain tells whoever runs the house of it (tasks/alarm.py).
    """
    if number is None:
        log.critical("nobody_to_call", organization=str(organization.id), subject=subject, reason=rule)


def note_if_helper_stops(organization: Organization, said: Keyword | None, subject: str) -> None:
    """Who is called for help wrote STOP: from now on the network refuses each call for help to them, and nobody would know until the first.

    ``subject`` is the vendor's id of the message.
    """
    if said is Keyword.STOP:
        told = {"organization": str(organization.id), "subject": subject, "see": "docs/safety.md"}
        log.critical("helper_takes_no_messages", **told)
        tell_somebody("helper_takes_no_messages", str(organization.id), told, seldom=True)


def note_if_nobody_calls_back(organization: Organization, subject: str) -> None:
    """A live caller who needs a person, of an organization that named nobody: they hear no promise, and whoever runs the house hears of it.

    ``subject`` is the vendor's id of the call.
    """
    if organization.helper is None:
        told = {"organization": str(organization.id), "subject": subject}
        log.critical("nobody_to_call", reason=PROMISED_CALLBACK, **told)
        tell_somebody("nobody_to_call", PROMISED_CALLBACK, told, seldom=True)
