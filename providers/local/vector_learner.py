"""Learns labels from sentence vectors: two linear models whose words are added, so that one product tells a label. Needs numpy.

A softmax regression over the sentence's own vector draws borders; a discriminant analysis over all views of it (means of labels, and
how examples scatter around them) knows where each label lies. Together they were right more often than either.
"""

from collections import OrderedDict
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from providers.local.few_shot import Examples, Scores

Array = NDArray[np.float32]

ROUNDS = 250
STEP = 6.0
DECAY = 3e-5
# the scatter of a few examples says little of most directions: with so many, half of it is taken to be the same in all
EVENED_OUT = 1_000
# what was encoded lately is not encoded again: an organization's examples, held back and not
KEPT = 4_000


class Encoder(Protocol):
    """Makes vectors of texts. ``width`` is how many of the numbers, the first, are the sentence's own vector."""

    name: str
    width: int

    def encode(self, text: str) -> Array:
        """One view after the other, each of length one."""
        ...


class VectorLearner:
    """Implements ``providers.local.few_shot.Learner``."""

    def __init__(self, encoder: Encoder, weight: float = 1.0) -> None:
        """Over these vectors."""
        self.name, self.weight = encoder.name, weight
        self._encoder = encoder
        self._known: OrderedDict[str, Array] = OrderedDict()

    def learn(self, examples: Examples) -> Scores:
        """A weight per number and label."""
        seen = np.stack([self._vector(text) for text in examples.texts])
        wanted = np.eye(len(examples.labels), dtype=np.float32)[list(examples.truth)]
        weights, bias = _discriminant(seen, wanted)
        borders, border_bias = _regression(seen[:, : self._encoder.width], wanted)
        spread, border_spread = (
            _spread(scores) for scores in (seen @ weights + bias, seen[:, : self._encoder.width] @ borders + border_bias)
        )
        weights, bias = weights / spread, bias / spread + border_bias / border_spread
        weights[: self._encoder.width] += borders / border_spread
        return lambda text: [float(score) for score in self._vector(text) @ weights + bias]

    def _vector(self, text: str) -> Array:
        found = self._known.pop(text, None)
        self._known[text] = found = self._encoder.encode(text) if found is None else found
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found


def _regression(seen: Array, wanted: Array) -> tuple[Array, Array]:
    """Softmax regression by Nesterov's gradient; few rounds and a small decay hold it back."""
    middle = seen.mean(axis=0)
    seen = seen - middle
    weights = ahead = np.zeros((seen.shape[1], wanted.shape[1]), np.float32)
    for number in range(ROUNDS):
        scores = seen @ ahead
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        moved = ahead - np.float32(STEP) * (seen.T @ (shares - wanted) / np.float32(len(seen)) + np.float32(DECAY) * ahead)
        weights, ahead = moved, moved + np.float32(number / (number + 3)) * (moved - weights)
    return weights, -middle @ weights


def _discriminant(seen: Array, wanted: Array) -> tuple[Array, Array]:
    means = wanted.T @ seen / wanted.sum(axis=0)[:, None]
    off = seen - wanted @ means
    scatter = off.T @ off / np.float32(len(seen))
    shrinkage = 1 / (1 + (len(seen) / EVENED_OUT) ** 1.5)
    evenly = np.float32(shrinkage * np.trace(scatter) / len(scatter) + 1e-6)
    weights = np.linalg.solve(np.float32(1 - shrinkage) * scatter + evenly * np.eye(len(scatter), dtype=np.float32), means.T)
    return weights, -(means.T * weights).sum(axis=0) / 2


def _spread(scores: Array) -> np.float32:
    return np.float32(scores.std(axis=1).mean() + 1e-6)
