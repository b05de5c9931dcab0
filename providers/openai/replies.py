"""Replies from a language model, kept within what the organization itself says; in danger the approved words are said instead."""

import re
from dataclasses import replace

from domain import replies
from domain.organization import Organization
from domain.ports import ReplyWriter
from domain.replies import ReplyRequest
from domain.speech import Reply, Urgency
from domain.vendors import Vendor
from providers.openai import mapping
from providers.openai.client import LanguageModel
from providers.openai.prompt import build

# where a reply could send somebody: links, e-mail addresses, telephone numbers
_ELSEWHERE = re.compile(
    r"\w+://\S+|\bwww\.\S+|\S+@\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b(?:/\S*)?|\+?\d(?:[\s().-]{0,2}\d){6,}", re.IGNORECASE
)


class OpenAIReplyWriter:
    """Implements ``domain.ports.ReplyWriter``."""

    vendor: Vendor | None = Vendor.OPENAI

    def __init__(self, model: LanguageModel, approved: ReplyWriter) -> None:
        """Ask this model; ``approved`` writes when somebody is in danger or a person must look: no model's free text then."""
        self._model = model
        self._approved = approved

    def write(self, request: ReplyRequest) -> Reply:
        """A reply that may leave. One that names an address or number which the organization does not, becomes the safe one.

        A caller's number can be forged, and a caller's words can be meant for the model: our name must not carry their link to a stranger.
        """
        if request.analysis.urgency is not Urgency.NORMAL:
            return self._approved.write(request)
        organization, settings = request.organization, self._model.settings
        prompt = build(mapping.REPLY, organization, mapping.request(request), mapping.with_roles(request), settings)
        completion = self._model.complete(prompt)
        reply = Reply(" ".join(completion.answer.text.split()), request.channel, completion.engine)
        # a text of any length could be slow to search; one that is too long does not leave anyway
        if replies.fault(reply.text, reply.channel) is None and _leads_elsewhere(reply.text, organization):
            reply = replace(reply, text="")
        return replies.checked(reply, organization)


def _leads_elsewhere(text: str, organization: Organization) -> bool:
    own = " ".join((organization.name, organization.hours, *organization.services, organization.persona or "")).lower()
    return any(found.group().lower() not in own for found in _ELSEWHERE.finditer(text))
