"""Text → word and character n-grams, the same in training and at work."""

import re

WORD_N = 3
CHAR_MIN, CHAR_MAX = 2, 5
# an hour of one speaker is more than enough to know them; bounds the work
MAX_CHARS = 40_000

_DIGITS = re.compile(r"\d+")
_NOT_WORDS = re.compile(r"[^a-z0' ]+")
_SPACES = re.compile(r"\s+")


def cleaned(text: str) -> str:
    """Lower case, no punctuation (machine transcripts have none), every number the same."""
    lowered = text[:MAX_CHARS].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return _SPACES.sub(" ", _NOT_WORDS.sub(" ", _DIGITS.sub("0", lowered))).strip()


def word_ngrams(text: str) -> list[str]:
    """Words, pairs and triples of words, marked with a leading underscore."""
    words = cleaned(text).split()
    return ["_" + " ".join(words[at : at + n]) for n in range(1, WORD_N + 1) for at in range(len(words) - n + 1)]


def char_ngrams(text: str) -> list[str]:
    """Stretches of characters, across words."""
    padded = f" {cleaned(text)} "
    return [padded[at : at + n] for n in range(CHAR_MIN, CHAR_MAX + 1) for at in range(len(padded) - n + 1)]
