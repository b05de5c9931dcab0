"""Replies from approved templates, filled in with the organization's own words."""

from domain import replies
from domain.replies import ReplyRequest
from domain.speech import OUT_OF_SCOPE, Channel, Engine, Reply, Urgency
from domain.vendors import Vendor
from providers.local.templates import ALERTED, BY_INTENT, EMERGENCY, HERE, HOURS_UNKNOWN, PERSON_CALLS_BACK, Template

ENGINE = Engine("local", "templates-1")
NAMED_SERVICES = 5


class LocalReplyWriter:
    """Implements ``domain.ports.ReplyWriter``."""

    vendor: Vendor | None = None

    def write(self, request: ReplyRequest) -> Reply:
        """The approved text for an intent; in danger or when a person must look, that comes first. Always a text that may leave."""
        organization = request.organization
        name, template = _chosen(request)
        text = (template.sms if request.channel is Channel.SMS else template.voice).format(
            name=organization.name,
            hours=organization.hours,
            here=HERE.format(hours=organization.hours) if organization.hours else "",
            services=_listed(organization.services),
            alerted=ALERTED if organization.on_call else "",
        )
        return replies.checked(Reply(" ".join(text.split()), request.channel, ENGINE, name), organization)


def _chosen(request: ReplyRequest) -> tuple[str, Template]:
    intent, urgency = request.analysis.understanding.intent, request.analysis.urgency
    if urgency is Urgency.EMERGENCY:
        return "emergency", EMERGENCY
    if urgency is Urgency.HIGH or intent.name == "speak_to_human":
        return "person_calls_back", PERSON_CALLS_BACK
    name = intent.name if intent.name in BY_INTENT else OUT_OF_SCOPE
    return name, HOURS_UNKNOWN if name == "opening_hours" and not request.organization.hours else BY_INTENT[name]


def _listed(services: tuple[str, ...]) -> str:
    named = services[:NAMED_SERVICES]
    if not named:
        return ""
    words = named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
    return f"We can help you with {words}."
