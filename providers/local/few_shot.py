"""What the customers of one organization want, under its own names, learnt from the examples that it gives. Plain Python.

Every label has its examples and its name; utterances that have nothing to do with any organization's business stand for everything else.
How sure an answer must be is found by holding examples back: what is less sure is ``out_of_scope``, and that is an answer.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.organizations.organization import OwnIntent
from domain.speech import OUT_OF_SCOPE

Scores = Callable[[str], Sequence[float]]

# an organization with more examples has had them read evenly; bounds the work of the first conversation
MAX_EXAMPLES = 1_000
# every third example of a label is held back
HELD_BACK = 3
# to send away a customer whom the organization has a name for is worse than to take up a stranger
KEEPING = 2.0
# without enough examples to hold any back
UNCALIBRATED = 0.35


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts and which of ``labels`` each has, by its number."""

    labels: tuple[str, ...]
    texts: tuple[str, ...]
    truth: tuple[int, ...]

    def only(self, chosen: Sequence[int]) -> "Examples":
        """These of them, by number."""
        return Examples(self.labels, tuple(self.texts[at] for at in chosen), tuple(self.truth[at] for at in chosen))


class Learner(Protocol):
    """Learns from examples; ``weight`` is what its word counts beside another's."""

    name: str
    weight: float

    def learn(self, examples: Examples) -> Scores:
        """One score per label for any text; comparable with another learner's after a scale. Every label has an example."""
        ...


@dataclass(frozen=True)
class OwnIntents:
    """Tells an organization's labels. ``threshold`` is how probable one must be, 0..1."""

    labels: tuple[str, ...]
    voices: tuple[Scores, ...]
    threshold: float = UNCALIBRATED

    def probabilities(self, text: str) -> dict[str, float]:
        """Label → probability, ``out_of_scope`` among them."""
        totals = [sum(scores) for scores in zip(*(voice(text) for voice in self.voices), strict=True)]
        highest = max(totals)
        shares = {label: math.exp(total - highest) for label, total in zip(self.labels, totals, strict=True)}
        whole = sum(shares.values())
        return {label: share / whole for label, share in shares.items()}

    def likeliest(self, text: str) -> tuple[str, float]:
        """The organization's label that is the most probable, and how probable it is; whether that is enough is another question."""
        told = self.probabilities(text)
        return max(((label, sure) for label, sure in told.items() if label != OUT_OF_SCOPE), key=lambda one: one[1])


def build(intents: Sequence[OwnIntent], learners: Sequence[Learner], background: Sequence[str]) -> OwnIntents:
    """Learn an organization's labels; ``background`` are utterances that are out of every scope."""
    examples = gathered(intents, background)
    found = _learnt(examples, learners)
    return OwnIntents(found.labels, found.voices, _threshold(examples, learners))


def gathered(intents: Sequence[OwnIntent], background: Sequence[str]) -> Examples:
    """Examples of each label, its name among them; evenly fewer if they are more than MAX_EXAMPLES."""
    labels = (*dict.fromkeys(intent.name for intent in intents if intent.name != OUT_OF_SCOPE), OUT_OF_SCOPE)
    told = dict[str, list[str]]({label: [label.replace("_", " ")] for label in labels[:-1]}) | {OUT_OF_SCOPE: list(background)}
    for intent in intents:
        told[intent.name].extend(intent.examples)
    own = sum(len(texts) for label, texts in told.items() if label != OUT_OF_SCOPE)
    step = max(1, math.ceil(own / MAX_EXAMPLES))
    pairs = [
        (text, number) for number, label in enumerate(labels) for text in _unlike(told[label])[:: step if number < len(labels) - 1 else 1]
    ]
    return Examples(labels, tuple(text for text, _ in pairs), tuple(number for _, number in pairs))


def _unlike(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(text.strip() for text in texts if text.strip())) or [OUT_OF_SCOPE]


def _learnt(examples: Examples, learners: Sequence[Learner]) -> OwnIntents:
    return OwnIntents(examples.labels, tuple(_scaled(learner.learn(examples), learner.weight) for learner in learners))


def _scaled(scores: Scores, weight: float) -> Scores:
    return lambda text: [weight * score for score in scores(text)]


def _threshold(examples: Examples, learners: Sequence[Learner]) -> float:
    """The probability that best parts held-back examples, rightly named, from held-back utterances that are out of scope."""
    kept, held = _halves(examples)
    if not held:
        return UNCALIBRATED
    model, right, strange, asked = _learnt(examples.only(kept), learners), list[float](), list[float](), 0
    for at in held:
        label, sure = model.likeliest(examples.texts[at])
        if examples.labels[examples.truth[at]] == OUT_OF_SCOPE:
            strange.append(sure)
        else:
            asked += 1
            right += [sure] * (label == examples.labels[examples.truth[at]])
    if not right or not strange:
        return UNCALIBRATED

    def worth(threshold: float) -> float:
        kept = sum(sure >= threshold for sure in right) / asked
        return KEEPING * kept + sum(sure < threshold for sure in strange) / len(strange)

    return max(sorted({*right, *strange}), key=worth)


def _halves(examples: Examples) -> tuple[list[int], list[int]]:
    """What to learn from and what to hold back, by number; of a label with few examples none is held back."""
    places: dict[int, list[int]] = {}
    for at, label in enumerate(examples.truth):
        places.setdefault(label, []).append(at)
    held = {at for found in places.values() if len(found) >= HELD_BACK for at in found[HELD_BACK - 1 :: HELD_BACK]}
    return [at for at in range(len(examples.texts)) if at not in held], sorted(held)
