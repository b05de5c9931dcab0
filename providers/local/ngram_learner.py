"""Learns labels from n-grams alone, in plain Python: a passive-aggressive linear model over TF-IDF (Crammer et al. 2006, PA-I).

Inverse document frequencies are those of the shipped weights; an n-gram that they have never seen is as rare as can be.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from providers.local.few_shot import Examples, Scores
from providers.local.ngrams import char_ngrams, word_ngrams

ROUNDS = 4
AGGRESSIVENESS = 0.5
# a word beside sentence vectors, which know more
BESIDE_VECTORS = 0.8
# alone, scores are margins around 1; so many times, their softmax is about a probability
ALONE = 8.0

Row = dict[int, float]


class NgramLearner:
    """Implements ``providers.local.few_shot.Learner``."""

    name = "ngram"

    def __init__(self, idf: Mapping[str, float], weight: float = ALONE) -> None:
        """``idf`` by n-gram."""
        self.weight = weight
        self._idf, self._rarest = idf, max(idf.values(), default=1.0)

    def learn(self, examples: Examples) -> Scores:
        """Every mistake, and every answer with too small a margin, moves the right label and the best wrong one; the average counts."""
        now, average = dict[str, Row](), dict[str, Row]()
        vectors = [
            [(now.setdefault(gram, {}), average.setdefault(gram, {}), value) for gram, value in self._vector(text)]
            for text in examples.texts
        ]
        # neighbours of one label in a row would each time forget the others
        order = sorted(range(len(vectors)), key=lambda at: (at * 7_919) % 10_007)
        steps, count = ROUNDS * len(order), len(examples.labels)
        for step, at in enumerate(order * ROUNDS):
            _correct(vectors[at], examples.truth[at], count, (steps - step) / steps)
        return lambda text: _scores([(average[gram], value) for gram, value in self._vector(text) if gram in average], count)

    def _vector(self, text: str) -> list[tuple[str, float]]:
        """TF-IDF, words and characters each at the same length, together at length one."""
        found = list[tuple[str, float]]()
        for grams in (word_ngrams(text), char_ngrams(text)):
            values = [(gram, (1 + math.log(count)) * self._idf.get(gram, self._rarest)) for gram, count in Counter(grams).items()]
            length = math.sqrt(2 * sum(value * value for _, value in values)) or 1.0
            found += [(gram, value / length) for gram, value in values]
        return found


def _correct(vector: Sequence[tuple[Row, Row, float]], truth: int, count: int, share: float) -> None:
    """``share`` is how much of the rest of the way, of which the average is taken, this correction will have been there."""
    scores = _scores([(row, value) for row, _, value in vector], count)
    wrong = max((label for label in range(count) if label != truth), key=scores.__getitem__, default=truth)
    loss = 1 - scores[truth] + scores[wrong]
    if loss <= 0 or wrong == truth:
        return
    # the vector has length one, and two labels move
    move = min(AGGRESSIVENESS, loss / 2)
    for now, average, value in vector:
        by = move * value
        now[truth] = now.get(truth, 0.0) + by
        now[wrong] = now.get(wrong, 0.0) - by
        average[truth] = average.get(truth, 0.0) + by * share
        average[wrong] = average.get(wrong, 0.0) - by * share


def _scores(vector: Sequence[tuple[Row, float]], count: int) -> list[float]:
    totals = [0.0] * count
    for row, value in vector:
        for label, weight in row.items():
            totals[label] += value * weight
    return totals
