"""Replies from approved templates, filled in with the organization's own words."""

from domain import replies
from domain.organization import Organization
from domain.speech import OUT_OF_SCOPE, Channel, Engine, Intent, Reply, Urgency
from providers.local.templates import BY_INTENT, EMERGENCY, PERSON_CALLS_BACK, Template

ENGINE = Engine("local", "templates-1")
NAMED_SERVICES = 5


class LocalReplyWriter:
    """Implements ``domain.ports.ReplyWriter``."""

    def write(self, organization: Organization, intent: Intent, urgency: Urgency, channel: Channel) -> Reply:
        """The approved text for an intent; in danger or when a person must look, that comes first. Always a text that may leave."""
        name, template = _chosen(intent, urgency)
        text = (template.sms if channel is Channel.SMS else template.voice).format(
            name=organization.name, hours=organization.hours, services=_listed(organization.services)
        )
        return replies.checked(Reply(" ".join(text.split()), channel, ENGINE, name), organization)


def _chosen(intent: Intent, urgency: Urgency) -> tuple[str, Template]:
    if urgency is Urgency.EMERGENCY:
        return "emergency", EMERGENCY
    if urgency is Urgency.HIGH or intent.name == "speak_to_human":
        return "person_calls_back", PERSON_CALLS_BACK
    name = intent.name if intent.name in BY_INTENT else OUT_OF_SCOPE
    return name, BY_INTENT[name]


def _listed(services: tuple[str, ...]) -> str:
    named = services[:NAMED_SERVICES]
    if not named:
        return ""
    words = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"We can help you with {words}."
