"""Fits a long conversation to a model's context by whole utterances: the beginning and the end stay, the middle goes."""

from collections.abc import Sequence
from itertools import accumulate

# Real tokenizers make about 4 characters of English a token, and of most other scripts one or two bytes short of a character. We reckon
# with less, so that a conversation which fits here fits there: 3 ASCII characters, or 2 bytes of anything else.
ASCII_PER_TOKEN = 3
BYTES_PER_TOKEN = 2
# people say early what they want; the end tells how it went
BEGINNING = 2 / 3


def tokens(text: str) -> int:
    """A careful estimate of what a text takes, rounded up."""
    ascii_only = len(text.encode("ascii", "ignore"))
    others = len(text.encode()) - ascii_only
    return -(-ascii_only // ASCII_PER_TOKEN) - (-others // BYTES_PER_TOKEN)


def fit(costs: Sequence[int], budget: int) -> list[int]:
    """Which of the utterances stay, as their places in order. Costs and budget are in tokens."""
    beginning = _fitting(costs, int(budget * BEGINNING))
    left = budget - sum(costs[:beginning])
    end = _fitting(costs[beginning:][::-1], left)
    middle = costs[beginning : len(costs) - end]
    beginning += _fitting(middle, left - sum(costs[len(costs) - end :]))
    return [*range(beginning), *range(len(costs) - end, len(costs))]


def _fitting(costs: Sequence[int], budget: int) -> int:
    return sum(total <= budget for total in accumulate(costs))
