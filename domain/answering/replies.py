"""What a reply is asked for, and what it must be before it may leave the house; one that is not becomes the safe one."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.answering import languages, medical, reply_rules, segments
from domain.numbers import takes_sms
from domain.organizations.organization import Organization
from domain.organizations.verticals import is_medical
from domain.speech import Analysis, CallEvidence, Channel, Reply, Urgency, Utterance
from domain.telephony.threads import Message

# about 40 s of speech
MAX_SPOKEN_CHARS = 600
SAFE_TEMPLATE = "safe"
# approved, by language; the first one stands for those that have none
SAFE_TEXTS: Mapping[str, Mapping[Channel, str]] = {
    "en": {
        Channel.SMS: "Thank you for contacting {name}. We have your message, and a member of our team will get back to you.",
        Channel.VOICE: "Thank you for calling {name}. We have noted what you said, and a member of our team will get back to you.",
    },
    "es": {
        Channel.SMS: "Gracias por escribir a {name}. Tenemos su mensaje, y alguien de nuestro equipo le va a responder.",
        Channel.VOICE: "Gracias por llamar a {name}. Tomamos nota de lo que dijo, y alguien de nuestro equipo le va a responder.",
    },
}
# what to say instead of a name that cannot be said
UNNAMED = {"en": "us", "es": "nosotros"}
DEFAULT_LANGUAGE = "en"

_PLACEHOLDER = re.compile(
    r"[{}<>\[\]]|\bTODO\b|\bNone\b(?! of)|\bundefined\b|\bNaN\b|_{3,}|\bX{3,}\b|\b[Ll]orem [Ii]psum\b|%s|\(insert |\byour name here\b"
)


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """What a writer of replies needs to know. ``channel`` is the way that the reply will go, not the way that the question came.

    ``history`` are earlier messages of the thread, the oldest first; ``media`` the content types of what came with the words;
    ``is_live`` says that somebody is on the line and waits, ``is_hidden`` that they show no number to call back; ``at`` (aware) when it is
    asked for. ``temperature`` (0 to 2) is somebody's wish for a model that knows the word; None leaves it to the model.
    """

    organization: Organization
    utterances: tuple[Utterance, ...]
    analysis: Analysis
    channel: Channel
    history: tuple[Message, ...] = ()
    media: tuple[str, ...] = ()
    is_live: bool = False
    is_hidden: bool = False
    at: datetime | None = None
    temperature: float | None = None

    @property
    def is_open(self) -> bool | None:
        """Whether somebody is there at this moment; None if nobody knows, as where the hours were told in words only."""
        return self.organization.is_open(self.at) if self.at else None

    @property
    def max_chars(self) -> int:
        """The longest text that may leave, if it is written in the customer's own letters."""
        return segments.room("".join(said.text for said in self.utterances)) if self.channel is Channel.SMS else MAX_SPOKEN_CHARS

    @property
    def heard(self) -> str:
        """All that was said, now and before; of an hour of talk its beginning."""
        return " . ".join([*(said.text for said in self.utterances), *(message.text for message in self.history)])[: reply_rules.MAX_CHARS]

    def language(self, among: Collection[str]) -> str:
        """The language, out of these, in which to answer: the customer's, else the one that the organization speaks, else English."""
        wanted = (*languages.evident(self.heard), languages.of_locale(self.organization.persona.locale))
        return next((language for language in wanted if language in among), DEFAULT_LANGUAGE)


def channel_for(
    organization: Organization, evidence: CallEvidence, customer_number: str | None, utterances: Collection[Utterance] = ()
) -> Channel:
    """The way that a reply goes: by SMS to who wrote one, and to a caller with a mobile number if the organization answers calls so.

    Where only we can be heard, nobody asked for anything: that is a silent caller's matter (``effects.silence_text``).
    """
    only_we = bool(utterances) and evidence.agent_channel is not None and {said.channel for said in utterances} == {evidence.agent_channel}
    by_sms = organization.answers_calls_by_sms and takes_sms(customer_number) and not only_we
    return Channel.SMS if by_sms else evidence.channel


def fault(text: str, channel: Channel) -> str | None:
    """Why a text may not leave, whatever it says, as a stable word; None if it may."""
    if not text.strip():
        return "empty"
    if not segments.fits(text) if channel is Channel.SMS else len(text) > MAX_SPOKEN_CHARS:
        return "too_long"
    return "unfilled_placeholder" if _PLACEHOLDER.search(text) else None


def checked(reply: Reply, request: ReplyRequest, told: frozenset[str] = frozenset()) -> Reply:
    """The reply itself, or the safe one in its place, which says what was wrong. Twice is as once.

    ``told`` is what the writer was told and must not repeat (``leaks.phrases``). What goes by SMS has plain quotes and dashes, where
    that is all that would make it twice as long for the network.
    """
    if reply.channel is Channel.SMS:
        reply = replace(reply, text=segments.plain(reply.text))
    found = fault(reply.text, reply.channel) or _says_wrongly(reply, request, told)
    return replace(reply, text=_safe(request, reply.channel), template=SAFE_TEMPLATE, fault=found) if found else reply


def _says_wrongly(reply: Reply, request: ReplyRequest, told: frozenset[str]) -> str | None:
    on = reply_rules.grounds(request.organization, request.heard, reply.channel, told)
    if reply.template is None:
        return reply_rules.fault(reply.text, on)
    # approved words promise nothing; an organization may not want them all the same, but has no say in danger
    approved = reply.template == SAFE_TEMPLATE or request.analysis.urgency is not Urgency.NORMAL
    return "never_promised" if not approved and reply_rules.breaks_promise(reply_rules.plain(reply.text), on) else None


def _safe(request: ReplyRequest, channel: Channel) -> str:
    """The organization's name is left out if with it the safe reply could not leave."""
    language = request.language(SAFE_TEXTS)
    text = SAFE_TEXTS[language][channel]
    if is_medical(request.organization.vertical):
        text = f"{text} {medical.NO_ADVICE[language]} {medical.IN_EMERGENCY[language]}"
    named = text.replace("{name}", request.organization.name)
    return named if fault(named, channel) is None else text.replace("{name}", UNNAMED[language])
