"""Roles, intent, sentiment, summary and intake from a language model."""

from domain.organizations.organization import Organization
from domain.ports import Basis, RoleReader
from domain.speech import CallEvidence, Engine, RoleVerdict, Understanding, Utterance
from domain.understanding import intents, roles
from domain.understanding.roles import Kind
from domain.vendors import Vendor
from providers.basis import digest
from providers.openai import composition, mapping
from providers.openai.client import PROVIDER, LanguageModel
from providers.openai.forms import Understood
from providers.openai.prompt import Prompt, build

# what is made of a model's answer here: another number whenever the same answer would be understood otherwise
CODE = "openai-classifier-1"
NOT_ASKED = "not_asked"


class OpenAIClassifier:
    """Implements ``domain.ports.Classifier``."""

    vendor: Vendor | None = Vendor.OPENAI

    def __init__(self, model: LanguageModel, reader: RoleReader | None = None, version: str = composition.UNDERSTANDING) -> None:
        """Ask this model in this version; what it says of roles is weighed against what ``reader`` makes of the words, if there is one."""
        self._model, self._reader, self._version = model, reader, version

    def basis(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Basis:
        """The whole question; and what is known beside the words, which has its say about the roles. Silence asks nobody."""
        if not any(said.text.strip() for said in utterances):
            return Basis(digest(CODE, utterances, evidence), PROVIDER, NOT_ASKED)
        prompt = self._prompt(organization, utterances, evidence)
        key = digest(CODE, self._model.key(prompt), evidence, self._reader is not None)
        return Basis(key, PROVIDER, prompt.model, self._version, prompt.tokens)

    def classify(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Understanding:
        """The model's roles are one sign among others. Silence is understood without asking anybody."""
        known = roles.known(utterances, evidence)
        if not any(said.text.strip() for said in utterances):
            return _silence(utterances, known)
        completion = self._model.complete(self._prompt(organization, utterances, evidence))
        understood = completion.answer
        return Understanding(
            known or self._weighed(utterances, evidence, mapping.verdict(understood, utterances)),
            mapping.intent(understood),
            completion.engine,
            understood.sentiment,
            mapping.summary(understood),
            mapping.intake(understood, organization),
        )

    def _prompt(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Prompt[Understood]:
        question, frame = mapping.understanding(organization, self._version), mapping.conversation(evidence)
        return build(question, organization, frame, mapping.spoken(utterances), self._model.settings, is_live=evidence.is_live)

    def _weighed(self, utterances: tuple[Utterance, ...], evidence: CallEvidence, said: RoleVerdict) -> RoleVerdict:
        """A model is asked once, with one set of speaker numbers: what it would say of the others, only other signs can tell (0016)."""
        beside = roles.beside_the_words(utterances, evidence)
        if self._reader is None:
            return roles.weigh(utterances, beside) if any(sign.kind is Kind.CHANNEL for sign in beside) else said
        signs, modelled = [*beside, self._reader.read(utterances)], roles.from_verdict(said)
        return roles.weigh(utterances, [*signs, modelled] if modelled else signs)


def _silence(utterances: tuple[Utterance, ...], known: RoleVerdict | None) -> Understanding:
    verdict = known or roles.weigh(utterances, ())
    return Understanding(verdict, intents.choose([]), Engine(PROVIDER, NOT_ASKED))
