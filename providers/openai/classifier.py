"""Roles, intent, sentiment and summary from a language model."""

from domain import intents, roles
from domain.organization import Organization
from domain.speech import CallEvidence, Engine, RoleVerdict, Understanding, Utterance
from domain.vendors import Vendor
from providers.openai import mapping
from providers.openai.client import PROVIDER, LanguageModel
from providers.openai.prompt import build


class OpenAIClassifier:
    """Implements ``domain.ports.Classifier``."""

    vendor: Vendor | None = Vendor.OPENAI

    def __init__(self, model: LanguageModel) -> None:
        """Ask this model."""
        self._model = model

    def classify(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Understanding:
        """Evidence beside the words decides roles before the model does. Silence is understood without asking anybody."""
        known = roles.from_evidence(utterances, evidence)
        if not any(said.text.strip() for said in utterances):
            return _silence(utterances, known)
        frame, said = mapping.conversation(organization, evidence), mapping.spoken(utterances)
        completion = self._model.complete(build(mapping.UNDERSTANDING, organization, frame, said, self._model.settings))
        understood = completion.answer
        return Understanding(
            known or mapping.verdict(understood, utterances),
            mapping.intent(understood),
            completion.engine,
            understood.sentiment,
            mapping.summary(understood),
        )


def _silence(utterances: tuple[Utterance, ...], known: RoleVerdict | None) -> Understanding:
    verdict = known or roles.from_scores(dict.fromkeys((said.speaker for said in utterances), 0.0))
    return Understanding(verdict, intents.choose([]), Engine(PROVIDER, "not_asked"))
