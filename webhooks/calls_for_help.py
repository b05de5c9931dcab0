"""What the front says of a call for help that nobody gets: whoever is in danger may be heard of by the log alone."""

import structlog

from domain.organizations.organization import Organization

log = structlog.get_logger()


def note_if_nobody_is_there(organization: Organization, rule: str | None, subject: str) -> None:
    """An emergency, by its ``rule``, of an organization that named nobody to call; ``subject`` is the vendor's id of what was said.

    The chain tells whoever runs the house of it (tasks/alarm.py).
    """
    if rule and organization.helper is None:
        log.critical("nobody_to_call", organization=str(organization.id), subject=subject, reason=rule)
