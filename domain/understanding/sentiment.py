"""How a customer sounds: words of a small list, turned round by a negation shortly before. English only; pure rules.

What a customer calls about ("lost", "broken", "problem") is no mood, and thanks are manners: neither is on the list.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

POSITIVE, NEUTRAL, NEGATIVE = "positive", "neutral", "negative"

_WORD = re.compile(r"[a-z']+")
_GLAD = frozenset(
    _WORD.findall("""
    amazing appreciate appreciated awesome brilliant delighted delightful excellent fabulous fantastic flawless glad
    grateful great happy helpful impressed incredible kind love loved lovely marvelous outstanding perfect perfectly pleased
    relieved satisfied superb terrific thankful thrilled wonderful
    """)
)
_ANGRY = frozenset(
    _WORD.findall("""
    angry annoyed annoying appalled appalling atrocious awful disappointed disappointing disappointment disgusted disgusting
    dissatisfied dreadful frustrated frustrating frustration furious hate hated horrendous horrible incompetent infuriating
    insulting livid mad miserable nightmare outraged outrageous pathetic ridiculous rude shocking stupid terrible
    unacceptable unhappy unprofessional upset upsetting useless worst
    """)
)
_ANGRY_PAIRS = frozenset({("fed", "up"), ("sick", "of"), ("tired", "of"), ("waste", "of"), ("had", "enough"), ("ripped", "off")})
_NEGATIONS = frozenset(["no", "not", "never", "nothing", "none", "neither", "nor", "without", "hardly", "barely", "cannot", "isnt", "dont"])
# a wish is no praise: "I would love to book", "I'd be happy if"
_SUPPOSED = frozenset({"would", "could", "i'd", "we'd", "if", "will"})
# a negation reaches over so many words: "not at all happy"
_REACH = 3


def of(texts: Sequence[str]) -> str | None:
    """``positive``, ``neutral`` or ``negative`` for all that the customer said; None if they said nothing."""
    moods = [_mood(_WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))) for text in texts if text.strip()]
    if not moods:
        return None
    total = sum(moods)
    return NEUTRAL if total == 0 else POSITIVE if total > 0 else NEGATIVE


def _mood(words: Sequence[str]) -> int:
    mood = -sum(pair in _ANGRY_PAIRS for pair in pairwise(words))
    for at, word in enumerate(words):
        before = words[max(0, at - _REACH) : at]
        negated = any(earlier in _NEGATIONS or earlier.endswith("n't") for earlier in before)
        if word in _GLAD and not _SUPPOSED & set(before):
            mood += -1 if negated else 1
        elif word in _ANGRY and not negated:
            mood -= 1
    return mood
