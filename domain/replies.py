"""What a reply must be before it may leave the house; a reply that is not becomes the safe one."""

import re
from dataclasses import replace

from domain.organization import Organization
from domain.speech import Channel, Reply

# two concatenated SMS segments of GSM-7, less what the network puts in front of each; about 40 s of speech
MAX_CHARS = {Channel.SMS: 320, Channel.VOICE: 600}
SAFE_TEMPLATE = "safe"
SAFE_TEXT = "Thank you for contacting us. We have your message, and a member of our team will get back to you."

_PLACEHOLDER = re.compile(r"[{}<>\[\]]|\bTODO\b|\bNone\b")


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
