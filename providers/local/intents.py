"""What customers want, offline: the organization's own labels where it names any, else the built-in ones. Plain Python without vectors."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from domain.organizations.organization import Organization, OwnIntent
from domain.speech import Intent
from domain.understanding import intents
from providers.local.few_shot import Learner, OwnIntents, build
from providers.local.linear import LinearModel, load
from providers.local.ngram_learner import BESIDE_VECTORS, NgramLearner

BACKGROUND = "background.txt"
# organizations whose labels a process keeps in mind; one with ten labels takes some megabytes
KEPT = 16


class LocalIntents:
    """Tells the intent of a customer's utterances. What was learnt is kept by the labels and examples themselves.

    So a new version of an organization's settings is learnt anew if it says anything else of its intents, and only then.
    """

    def __init__(self, folder: Path, vectors: Learner | None = None) -> None:
        """``folder`` holds the built-in weights; ``vectors`` learns from sentence vectors, where there are any."""
        self._folder, self._vectors = folder, vectors
        self._learnt = lru_cache(KEPT)(self._learn)

    def read(self, organization: Organization, texts: Sequence[str]) -> tuple[Intent, str]:
        """The intent of utterances in the order in which they were said, and the name of the model that told it."""
        texts = [text for text in texts if text.strip()]
        if not organization.intents:
            return intents.choose([_probabilities(self.builtin, text) for text in texts]), self.builtin.name
        own = self._learnt(organization.intents)
        return intents.choose([own.probabilities(text) for text in texts], own.threshold), self._name

    def _learn(self, named: tuple[OwnIntent, ...]) -> OwnIntents:
        background = (self._folder / BACKGROUND).read_text(encoding="utf-8").splitlines()
        return build(named, self.learners, background)

    @cached_property
    def builtin(self) -> LinearModel:
        """The model of the built-in labels."""
        return load(self._folder)

    @cached_property
    def learners(self) -> tuple[Learner, ...]:
        """Who learns an organization's labels; the first knows most."""
        idf = dict(zip(self.builtin.vocabulary, self.builtin.idf, strict=True))
        return (self._vectors, NgramLearner(idf, BESIDE_VECTORS)) if self._vectors else (NgramLearner(idf),)

    @property
    def _name(self) -> str:
        return "own-intents-" + "-".join(learner.name for learner in self.learners)


def _probabilities(model: LinearModel, text: str) -> Mapping[str, float]:
    return dict(zip(model.labels, softmax(model.scores(text)), strict=True))


def softmax(scores: Sequence[float]) -> list[float]:
    """Log-odds → probabilities that sum to 1."""
    highest = max(scores)
    shares = [math.exp(score - highest) for score in scores]
    whole = sum(shares)
    return [share / whole for share in shares]
