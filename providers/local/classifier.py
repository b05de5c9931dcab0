"""Roles and intent from the words alone, offline."""

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from domain import intents, roles
from domain.organization import Organization
from domain.speech import CallEvidence, Engine, Intent, RoleVerdict, Understanding, Utterance
from domain.vendors import Vendor
from providers.local.linear import LinearModel, load

WEIGHTS = Path(__file__).parent / "weights"


class LocalClassifier:
    """Implements ``domain.ports.Classifier``. The weights are read on first use and kept."""

    vendor: Vendor | None = None

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """``weights`` holds the folders ``roles`` and ``intents``."""
        self._folder = weights

    def classify(
        self,
        organization: Organization,  # noqa: ARG002 - the port's; these weights know all tenants alike
        utterances: tuple[Utterance, ...],
        evidence: CallEvidence,
    ) -> Understanding:
        """Evidence beside the words decides roles before the words do; then the customer's words tell the intent. Never raises."""
        verdict = roles.from_evidence(utterances, evidence) or self._from_words(utterances)
        intent = self._intent(intents.customer_utterances(utterances, verdict))
        return Understanding(verdict, intent, Engine("local", f"{self._roles.name}+{self._intents.name}"))

    @cached_property
    def _roles(self) -> LinearModel:
        return load(self._folder / "roles")

    @cached_property
    def _intents(self) -> LinearModel:
        return load(self._folder / "intents")

    def _from_words(self, utterances: tuple[Utterance, ...]) -> RoleVerdict:
        said: dict[int, list[str]] = {}
        for utterance in utterances:
            said.setdefault(utterance.speaker, []).append(utterance.text)
        return roles.from_scores({speaker: self._roles.scores(" ".join(texts))[0] for speaker, texts in said.items()})

    def _intent(self, texts: Sequence[str]) -> Intent:
        return intents.choose([dict(zip(self._intents.labels, softmax(self._intents.scores(text)), strict=True)) for text in texts])


def softmax(scores: Sequence[float]) -> list[float]:
    """Log-odds → probabilities that sum to 1."""
    highest = max(scores)
    shares = [math.exp(score - highest) for score in scores]
    return [share / sum(shares) for share in shares]
