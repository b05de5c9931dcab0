"""Replies from approved templates, filled in with the organization's own words."""

from collections.abc import Mapping

from domain.answering import medical, replies
from domain.answering.replies import ReplyRequest
from domain.emergencies import numbers
from domain.emergencies.escalation import CALLS_BACK_TEMPLATE
from domain.organizations.verticals import is_medical
from domain.ports import Basis
from domain.speech import OUT_OF_SCOPE, Channel, Engine, Reply, Urgency
from domain.vendors import Vendor
from providers.basis import digest
from providers.local import code
from providers.local.templates import ENGLISH, Phrasebook, Template
from providers.local.templates_es import SPANISH

ENGINE = Engine("local", "templates-4")
BOOKS: Mapping[str, Phrasebook] = {"en": ENGLISH, "es": SPANISH}
NAMED_SERVICES = 5


class LocalReplyWriter:
    """Implements ``domain.ports.ReplyWriter``."""

    vendor: Vendor | None = None

    def write(self, request: ReplyRequest) -> Reply:
        """The approved text for an intent; in danger or when a person must look, that comes first. Always a text that may leave."""
        language = request.language(BOOKS)
        name, template = _chosen(request, BOOKS[language])
        words = {**_words(request, language), "emergency": _number_of_help(request, BOOKS[language])}
        text = _of_channel(template, request.channel).format(**words)
        return replies.checked(Reply(" ".join(text.split()), request.channel, ENGINE, name), request)

    def basis(self, request: ReplyRequest) -> Basis:
        """All that is told, and whether it is open, of the moment; it costs nothing to do again."""
        found = request.analysis
        told = (found.understanding.intent.name, found.urgency, request.channel, request.is_live, request.is_open, request.is_hidden)
        said = (request.utterances, request.history, request.media)
        return Basis(digest(code.version(), request.organization, told, said), ENGINE.provider, ENGINE.model)


def _chosen(request: ReplyRequest, book: Phrasebook) -> tuple[str, Template]:
    intent, urgency = request.analysis.understanding.intent, request.analysis.urgency
    if urgency is Urgency.EMERGENCY:
        return "emergency", book.emergency
    if urgency is Urgency.HIGH or intent.name == "speak_to_human":
        return CALLS_BACK_TEMPLATE, book.person_calls_back
    name = intent.name if intent.name in book.by_intent else OUT_OF_SCOPE
    return name, book.hours_unknown if name == "opening_hours" and not request.organization.hours else book.by_intent[name]


def _of_channel(template: Template, channel: Channel) -> str:
    return template.sms if channel is Channel.SMS else template.voice


def _number_of_help(request: ReplyRequest, book: Phrasebook) -> str:
    found = numbers.of(request.organization.region)
    if found is None:
        return _of_channel(book.some_number, request.channel)
    return found if request.channel is Channel.SMS else numbers.spoken(found)


def _words(request: ReplyRequest, language: str) -> Mapping[str, str]:
    """What fills the gaps; what the organization did not tell is left out, and so is what it does not need to say."""
    organization, book = request.organization, BOOKS[language]
    name, persona, hours = organization.name, organization.persona.name, organization.hours
    closed = book.closed if request.is_open is False else ""
    may_advise = not is_medical(organization.vertical)
    return {
        "name": name,
        "speaker": book.speaker.format(persona=persona, name=name) if persona else name,
        "hours": hours,
        "here": f"{book.here.format(hours=hours)} {closed}" if hours else "",
        "closed": closed,
        "services": _listed(organization.services, book),
        "reach": book.reach if request.is_hidden else "",
        "alerted": book.alerted if organization.helper else "",
        "no_advice": "" if may_advise else medical.NO_ADVICE[language],
        "in_emergency": "" if may_advise else medical.IN_EMERGENCY[language],
    }


def _listed(services: tuple[str, ...], book: Phrasebook) -> str:
    named = services[:NAMED_SERVICES]
    if not named:
        return ""
    words = named[0] if len(named) == 1 else book.pair.format(first=", ".join(named[:-1]), last=named[-1])
    return book.services.format(services=words)
