"""Who sounds like the agent, offline: each turn by itself, and all that a speaker said together."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from domain.speech import Utterance
from domain.understanding import roles, turn_taking
from domain.understanding.roles import Kind, Sign
from providers.local.linear import LinearModel, load
from providers.local.turns import features

WEIGHTS = Path(__file__).parent / "weights" / "roles"
# What a speaker said together counts half of what the turns tell one by one: it is the same words, but a sum knows no wrong turn.
TOGETHER = 0.5
# The turns of a call are not as independent as the sum of their odds supposes. Of STAR, left out of training and with its turns put on
# the wrong speaker, this much of the sum was as sure as it said.
CALIBRATION = 0.6

Features = tuple[Sequence[str], ...]


class LocalRoles:
    """Implements ``domain.ports.RoleReader``. The weights are read on first use and kept."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        """``weights`` is the folder that ``scripts/train_roles.py`` writes."""
        self._folder = weights

    @classmethod
    def of(cls, model: LinearModel) -> "LocalRoles":
        """With a model that is in memory already."""
        reader = cls()
        reader.__dict__["model"] = model
        return reader

    @cached_property
    def model(self) -> LinearModel:
        """The weights."""
        return load(self._folder)

    @property
    def name(self) -> str:
        """Which weights."""
        return self.model.name

    def read(self, utterances: Sequence[Utterance]) -> Sign:
        """How much each speaker sounds like the agent. The speakers' numbers and who speaks first are not looked at."""
        heard = utterances[: turn_taking.MOST_TURNS]
        turns = [features(said.text) for said in heard]
        by_turn = turn_taking.scores([said.speaker for said in heard], [self.score([turn]) for turn in turns])
        said_by = {speaker: [turn for said, turn in zip(heard, turns, strict=True) if said.speaker == speaker] for speaker in by_turn}
        found = {speaker: score + TOGETHER * self.score(said_by[speaker]) for speaker, score in by_turn.items()}
        return roles.from_scores(Kind.WORDS, {speaker: CALIBRATION * score for speaker, score in found.items()})

    def score(self, turns: Iterable[Features]) -> float:
        """Log-odds that these turns of one speaker are the agent's: TF-IDF (sublinear; each block at length one) times the weights.

        0 for turns of which no word is known.
        """
        total, is_known = self.model.intercepts[0], False
        for block in zip(*turns, strict=True):
            vector = self._vector(gram for turn in block for gram in turn)
            is_known = is_known or bool(vector)
            total += math.fsum(value * self.model.weights[feature] for feature, value in vector)
        return total if is_known else 0.0

    def _vector(self, grams: Iterable[str]) -> list[tuple[int, float]]:
        known, idf = self.model.vocabulary, self.model.idf
        counts = Counter(known[gram] for gram in grams if gram in known)
        values = [(feature, (1 + math.log(count)) * idf[feature]) for feature, count in counts.items()]
        length = math.sqrt(math.fsum(value * value for _, value in values)) or 1.0
        return [(feature, value / length) for feature, value in values]
