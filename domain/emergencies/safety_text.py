"""How people write and machines transcribe, brought into one plain form that the phrases of the safety rules are written in.

``i ca- I CAN'T...   breathe`` becomes ``i can not breathe``. A sentence keeps its pauses: words stand apart by a blank, and by a comma
where somebody paused, so that a phrase can be looked for across a pause and a denial is known to end at one.
"""

import itertools
import re
import unicodedata

from domain.emergencies.safety_phrases import EMERGENCY
from domain.emergencies.safety_phrases.spelling import FILLERS, LONG_WORDS, MASKED, PAUSES, SPELLINGS, TOLD_APART, WORDS_BY_GAP

PAUSE = ","
TOLD_WORDS = frozenset(
    (*re.findall(r"[a-z]{2,}", " ".join(phrase for group in EMERGENCY.values() for phrase in group.phrases)), *SPELLINGS, *PAUSES)
)
SLIPS_IN = range(7, 16)  # letters; shorter words have too many neighbours
MOST_STRETCHES = 3  # of one word; each may stand for one letter or two

_QUOTES = str.maketrans(dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}`\N{ACUTE ACCENT}", "'"))
# letters of other scripts that look like ours
_LOOKALIKES = str.maketrans("аеіорсухԁһѕɡıο", "aeiopcyxdhsgio")  # noqa: RUF001 - that is what it is for
_DIGITS = str.maketrans("013457", "oieast")
_UNSEEN = frozenset(("Mn", "Me", "Cf"))

_STARRED = re.compile(r"\b([a-z]{1,2})(?:\*{2,}([a-z]*)|[*!@#$]([a-z]+))")  # f***ing, k!ll
_LETTERED = re.compile(r"\b\w(?:[.\-_*]\w)+\b")  # c.h.e.s.t, 9-1-1
_JOINT = re.compile(r"[.\-_*]\w")
_SPACED = re.compile(r"\b[a-z](?: [a-z]){3,}\b")  # p a i n
_ELLIPSIS = re.compile(r"\.{2,}|[\n\r\v\f\N{HORIZONTAL ELLIPSIS}]+")
_BREAK = re.compile(r"[\n\r\v\f\N{HORIZONTAL ELLIPSIS}]")
_ONE_WORD = re.compile(r"[.!?;]+[ \t]*(?=\w[\w']*[ \t]*(?:[.!?;]|$))")  # I. Can't. Breathe.
_SENTENCE_END = re.compile(r"[.!?;]+")
_SHORTENED = re.compile(r"\bod'e?d\b|(?<=[a-z])'(s|d|ll|ve|re|m)\b")
_LONGER = {"s": " is", "d": " would", "ll": " will", "ve": " have", "re": " are", "m": " am"}
_PARTS = re.compile(r"\w+|[,:()\"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{EM DASH}\N{EN DASH}]")
_WORD = re.compile(r"\w+")
_STRETCHED = re.compile(r"([a-z])\1\1+")


def sentences(text: str) -> list[str]:
    """Its sentences in plain form; in none of them is a letter of ours a capital."""
    lowered = text.translate(_QUOTES).lower()
    if not lowered.isascii():
        lowered = _seen(lowered)
    lowered = lowered.replace(" - ", PAUSE)
    if _STRETCHED.search(lowered):
        lowered = _WORD.sub(lambda found: _unstretched(found[0]) if _STRETCHED.search(found[0]) else found[0], lowered)
    if "*" in lowered or _STARRED.search(lowered):
        lowered = _STARRED.sub(_unmasked, lowered)
    # most texts have neither: to look for one sign is quicker than to look for the whole
    if _JOINT.search(lowered):
        lowered = _LETTERED.sub(lambda found: re.sub(r"\W|_", "", found[0]), lowered)
    if ".." in lowered or _BREAK.search(lowered):
        lowered = _ELLIPSIS.sub(PAUSE, lowered)
    lowered = _ONE_WORD.sub(PAUSE, lowered)
    known: dict[str, str] = {}
    return [plain for part in _SENTENCE_END.split(lowered) if (plain := _plain(part, known))]


def _unmasked(found: re.Match[str]) -> str:
    """The word of danger whose letters somebody hid; a curse that is starred out says nothing, and all else stays as it is."""
    begin, end = found[1], found[2] or found[3] or ""
    meant = next((word for word in MASKED if word.startswith(begin) and word.endswith(end) and len(begin + end) < len(word)), None)
    return meant or (" " if "*" in found[0] else found[0])


def _seen(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text).translate(_QUOTES)
    return "".join(letter for letter in parts if unicodedata.category(letter) not in _UNSEEN).lower().translate(_LOOKALIKES)


def _plain(sentence: str, known: dict[str, str]) -> str:
    if "'" in sentence:
        sentence = _SHORTENED.sub(lambda found: _LONGER.get(found[1], "overdosed"), sentence).replace("'", "")
    if _SPACED.search(sentence):
        sentence = _SPACED.sub(lambda found: found[0].replace(" ", ""), sentence)
    said: list[str] = []
    is_pause = False
    for part in _PARTS.findall(sentence):
        word = known.get(part) or known.setdefault(part, SPELLINGS.get(part) or _spelled(part))
        if word in PAUSES or not word[0].isalnum():
            is_pause = True
        elif word not in FILLERS and not (said and _is_said_again(said[-1], word)):
            said += (PAUSE if is_pause else " ", word) if said else (word,)
            is_pause = False
    return "".join(said)


def _is_said_again(before: str, word: str) -> bool:
    return before == word and word not in TOLD_APART and not word.isdigit()


def _spelled(word: str) -> str:
    if not word.isalpha() and not word.isdigit():
        word = word.translate(_DIGITS)
        word = SPELLINGS.get(word, word)
    return _long_word(word) if len(word) in SLIPS_IN and word not in LONG_WORDS else word


def _unstretched(word: str) -> str:
    pieces = _STRETCHED.split(word)
    letters = pieces[1::2]
    for times in itertools.product((1, 2), repeat=min(len(letters), MOST_STRETCHES)):
        repeats = (*times, *[1] * (len(letters) - len(times)))
        tried = "".join(itertools.chain(*zip(pieces[::2], map(str.__mul__, letters, repeats), strict=False), pieces[-1:]))
        if tried in TOLD_WORDS:
            return tried
    return _STRETCHED.sub(r"\1", word)


def _long_word(word: str) -> str:
    """The word of danger that this one is a slip of: a letter too many, too few, another, or two exchanged."""
    for at in range(len(word)):
        if meant := WORDS_BY_GAP.get(word[:at] + word[at + 1 :]):
            return meant
    return WORDS_BY_GAP.get(word, word)
