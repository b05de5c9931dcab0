"""Roles and intent from the words alone, offline."""

from functools import cached_property
from pathlib import Path

from domain.organizations.organization import Organization
from domain.ports import Basis
from domain.speech import CallEvidence, Engine, RoleVerdict, Understanding, Utterance
from domain.understanding import intake_words, intents, roles, sentiment, summary
from domain.vendors import Vendor
from providers.basis import digest
from providers.local import code
from providers.local.few_shot import Learner
from providers.local.intents import LocalIntents
from providers.local.roles import LocalRoles

PROVIDER = "local"
WEIGHTS = Path(__file__).parent / "weights"


class LocalClassifier:
    """Implements ``domain.ports.Classifier``. The weights are read on first use and kept."""

    vendor: Vendor | None = None

    def __init__(self, weights: Path = WEIGHTS, vectors: Learner | None = None) -> None:
        """``weights`` holds the folders ``roles`` and ``intents``; ``vectors`` learns from sentence vectors, where there are any."""
        self._folder = weights
        self._intents = LocalIntents(weights / "intents", vectors)
        self._learns = type(vectors).__name__

    def classify(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Understanding:
        """Evidence and words are weighed for the roles; then the customer's words tell the intent. Never raises."""
        verdict = roles.known(utterances, evidence) or self._weighed(utterances, evidence)
        said = intents.customer_utterances(utterances, verdict)
        intent, model = self._intents.read(organization, said)
        return Understanding(
            verdict,
            intent,
            Engine(PROVIDER, f"{self._roles.name}+{model}"),
            sentiment.of(said),
            summary.of(utterances, verdict, intent),
            intake_words.filled(organization.intake, intake_words.exchanges(utterances, verdict)),
        )

    def basis(self, organization: Organization, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> Basis:
        """All that is told; it costs nothing to do again."""
        return Basis(digest(code.version(), self._learns, organization, utterances, evidence), PROVIDER)

    @cached_property
    def _roles(self) -> LocalRoles:
        return LocalRoles(self._folder / "roles")

    def _weighed(self, utterances: tuple[Utterance, ...], evidence: CallEvidence) -> RoleVerdict:
        return roles.weigh(utterances, (*roles.beside_the_words(utterances, evidence), self._roles.read(utterances)))
