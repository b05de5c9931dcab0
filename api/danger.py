"""Somebody in danger, heard through the API: a person is called at once, without Redis, a model or a worker."""

from uuid import UUID

import structlog

from api.auth import actor, organization_id
from db import organizations, overrides
from domain.emergencies import safety
from domain.errors import CalledBeforeError, NobodyOnCallError
from observability import trace
from observability.alarm import tell_somebody
from tasks.dispatch import announce_effects

log = structlog.get_logger()


def heard_in(text: str) -> str | None:
    """The rule of safety that hears somebody in danger, if one does. Raises StoreUnavailable."""
    organization = organizations.fetch(organization_id())
    return safety.emergency(text, organization.alarm_words if organization else ())


def call_for_help(conversation_id: UUID, rule: str) -> bool:
    """Call for a person; whether somebody is, or was, called. If there is nobody to call, we are told. Raises StoreUnavailable."""
    told = {"actor": actor(), "reason": f"rule {rule}", "trace_id": trace.current()}
    try:
        announce_effects(overrides.escalate(organization_id(), conversation_id, **told, why=rule) or [])
    except CalledBeforeError:
        return True
    except NobodyOnCallError:
        where = {"organization": str(organization_id()), "subject": str(conversation_id)}
        log.critical("nobody_to_call", **where, reason=rule)
        tell_somebody("nobody_to_call", rule, where, seldom=True)
        return False
    return True
