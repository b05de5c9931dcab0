"""Replies from a language model, kept within what may be said; in danger the approved words are said instead."""

from dataclasses import replace

from domain.answering import replies
from domain.answering.replies import ReplyRequest
from domain.ports import Basis, ReplyWriter
from domain.speech import Reply, Urgency
from domain.telephony.threads import recent
from domain.vendors import Vendor
from providers.basis import digest
from providers.openai import composition, mapping
from providers.openai.client import PROVIDER, LanguageModel
from providers.openai.forms import Written
from providers.openai.prompt import Prompt, build

# one letter of history for so many tokens of context: a letter of any script takes one and a half, so history takes a quarter at most
HISTORY_SHARE = 6
# what is made of a model's words here: another number whenever the same words would become another reply
CODE = "openai-replies-1"


class OpenAIReplyWriter:
    """Implements ``domain.ports.ReplyWriter``."""

    vendor: Vendor | None = Vendor.OPENAI

    def __init__(self, model: LanguageModel, approved: ReplyWriter, version: str = composition.REPLY) -> None:
        """Ask this model in this version; ``approved`` writes when somebody is in danger or a person must look: no free text then."""
        self._model = model
        self._approved = approved
        self._version = version

    def basis(self, request: ReplyRequest) -> Basis:
        """The whole question; in danger what the approved words depend on."""
        if request.analysis.urgency is not Urgency.NORMAL:
            return self._approved.basis(request)
        prompt = self._prompt(request)
        return Basis(digest(CODE, self._model.key(prompt), request.channel), PROVIDER, prompt.model, self._version, prompt.tokens)

    def write(self, request: ReplyRequest) -> Reply:
        """A reply that may leave, or the safe one in its place. The model may ask for a person, whatever becomes of its words."""
        if request.analysis.urgency is not Urgency.NORMAL:
            return self._approved.write(request)
        completion = self._model.complete(self._prompt(request))
        written = completion.answer
        reply = Reply(" ".join(written.text.split()), request.channel, completion.engine, escalates=written.escalate)
        return replies.checked(reply, request, composition.secrets())

    def _prompt(self, request: ReplyRequest) -> Prompt[Written]:
        organization, settings = request.organization, self._model.settings
        # the words that are answered come first: a small context has less room for what was said before them
        told = replace(request, history=recent(request.history, settings.context_tokens // HISTORY_SHARE))
        question = mapping.reply(organization, request.channel, self._version)
        frame, said = mapping.request(told), mapping.with_roles(told)
        return build(question, organization, frame, said, settings, is_live=request.is_live, temperature=request.temperature)
