"""What a reply is asked for, and what it must be before it may leave the house; one that is not becomes the safe one."""

import re
from dataclasses import dataclass, replace

from domain.organization import Organization
from domain.speech import Analysis, CallEvidence, Channel, Reply, Utterance

# two concatenated SMS segments of GSM-7, less what the network puts in front of each; about 40 s of speech
MAX_CHARS = {Channel.SMS: 320, Channel.VOICE: 600}
SAFE_TEMPLATE = "safe"
SAFE_TEXT = "Thank you for contacting us. We have your message, and a member of our team will get back to you."

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_PLACEHOLDER = re.compile(r"[{}<>\[\]]|\bTODO\b|\bNone\b")


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """What a writer of replies needs to know. ``channel`` is the way that the reply will go, not the way that the question came."""

    organization: Organization
    utterances: tuple[Utterance, ...]
    analysis: Analysis
    channel: Channel


def channel_for(organization: Organization, evidence: CallEvidence, customer_number: str | None) -> Channel:
    """The way that a reply goes: by SMS to who wrote one, and to a caller with a mobile number if the organization answers calls so."""
    return Channel.SMS if organization.answers_calls_by_sms and takes_sms(customer_number) else evidence.channel


def takes_sms(number: str | None) -> bool:
    """Whether a message can be sent there: a number in E.164, no short code, no name, no SIP address."""
    return bool(number and _E164.fullmatch(number))


def fault(text: str, channel: Channel) -> str | None:
    """Why a text may not leave, as a stable word; None if it may."""
    if not text.strip():
        return "empty"
    if len(text) > MAX_CHARS[channel]:
        return "too_long"
    return "unfilled_placeholder" if _PLACEHOLDER.search(text) else None


def checked(reply: Reply, organization: Organization) -> Reply:
    """The reply itself, or the safe one in its place. The organization's name is left out if with it the safe one could not leave."""
    if fault(reply.text, reply.channel) is None:
        return reply
    named = SAFE_TEXT.replace("contacting us", f"contacting {organization.name}")
    text = named if fault(named, reply.channel) is None else SAFE_TEXT
    return replace(reply, text=text, template=SAFE_TEMPLATE)
